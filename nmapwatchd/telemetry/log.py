"""The service log, written to standard error."""

import contextlib
import logging
import os
import sys

import structlog

# Priorities as systemd reads them at the start of a line (sd-daemon(3)).
_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


class _StandardError:
    """Writes lines to standard error, whatever sys.stderr is at the time."""

    def msg(self, line: str) -> None:
        """Write a line; a log that cannot be written must not stop the sensor."""
        if sys.stderr is None:  # closed when the program started; print would use standard output
            return
        with contextlib.suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = msg


def set_up(level: int = logging.INFO) -> None:
    """Log to standard error: with priorities if the journal reads it, else with timestamps."""
    under_systemd = "JOURNAL_STREAM" in os.environ
    processors: list[structlog.typing.Processor] = [structlog.processors.add_log_level]
    if not under_systemd:
        processors.append(structlog.processors.TimeStamper("iso", utc=True))
    processors += [
        structlog.processors.format_exc_info,
        _journal_line if under_systemd else _terminal_line,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError,
    )


def print_error(line: str) -> None:
    """Print to standard error why the program ends, as an error if the journal reads it."""
    _print("error", line)


def print_warning(line: str) -> None:
    """Print to standard error what may go wrong, as a warning if the journal reads it."""
    _print("warning", line)


def _print(level: str, line: str) -> None:
    priority = f"<{_PRIORITY[level]}>" if "JOURNAL_STREAM" in os.environ else ""
    _StandardError().msg(f"{priority}{line}")


def _one_line(event: structlog.typing.EventDict) -> str:
    """Return the event and its values on one line, whatever characters they contain."""
    text = str(event.pop("event"))
    values = " ".join(f"{key}={value!r}" for key, value in event.items())
    line = f"{text} {values}".rstrip()
    return line.replace("\n", " | ").encode("utf-8", "backslashreplace").decode()


def _journal_line(_: object, __: str, event: structlog.typing.EventDict) -> str:
    priority = _PRIORITY[event.pop("level")]
    return f"<{priority}>{_one_line(event)}"


def _terminal_line(_: object, __: str, event: structlog.typing.EventDict) -> str:
    timestamp, level = event.pop("timestamp"), event.pop("level")
    return f"{timestamp} {level:<7} {_one_line(event)}"
