"""The program's diary: what the service did, to standard error."""

import contextlib
import logging
import os
import sys

import structlog

# Priorities as systemd reads them at the head of a line (sd-daemon(3)).
_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


class _StandardError:
    """Writes lines to standard error as it is now."""

    def msg(self, line: str) -> None:
        """Write a line; where nobody can read it, the sensor goes on all the same."""
        with contextlib.suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = msg


def set_up(level: int = logging.INFO) -> None:
    """Write the diary to standard error: for the journal when it listens, else for a person."""
    under_systemd = "JOURNAL_STREAM" in os.environ
    processors: list[structlog.typing.Processor] = [structlog.processors.add_log_level]
    if not under_systemd:
        processors.append(structlog.processors.TimeStamper("iso", utc=True))
    processors += [
        structlog.processors.format_exc_info,
        _journal_line if under_systemd else _plain_line,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError,
    )


def print_error(line: str) -> None:
    """Say on standard error why the program ends; the journal learns that it is an error."""
    priority = f"<{_PRIORITY['error']}>" if "JOURNAL_STREAM" in os.environ else ""
    sys.stderr.write(f"{priority}{line}\n")


def _words(event: structlog.typing.EventDict) -> str:
    """Write the event and its values on one line, whatever they hold."""
    text = str(event.pop("event"))
    values = " ".join(f"{key}={value!r}" for key, value in event.items())
    line = f"{text} {values}".rstrip()
    return line.replace("\n", " | ").encode("utf-8", "backslashreplace").decode()


def _journal_line(_: object, __: str, event: structlog.typing.EventDict) -> str:
    priority = _PRIORITY[event.pop("level")]
    return f"<{priority}>{_words(event)}"


def _plain_line(_: object, __: str, event: structlog.typing.EventDict) -> str:
    when, level = event.pop("timestamp"), event.pop("level")
    return f"{when} {level:<7} {_words(event)}"
