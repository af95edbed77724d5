"""The command line: parses arguments and runs one command."""

import argparse
import errno
import gc
import io
import logging
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nmapwatchd import __version__
from nmapwatchd.commands import allowlist, catalogue, check, drift, explain, replay, run, selftest
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.open_files import require_open_files
from nmapwatchd.errors import Diagnostic, OperatorError, did_you_mean
from nmapwatchd.formats.escape import printable
from nmapwatchd.signatures.nmap_releases import nmap_range
from nmapwatchd.telemetry import log

# Net allocations between two runs of the garbage collector, 700 by default. Reference counts free
# nearly everything; at the default, passes over the catalogue take a sixth of the start.
_COLLECTION_THRESHOLD = 50_000


# Python's message if the system refuses a thread.
_NO_THREAD = "can't start new thread"

_NO_PROCESS = (
    "no further process or thread can be started; raise ulimit -u, or TasksMax= of the unit"
)


class Command(Protocol):
    """A module of `commands`."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add the command's arguments."""

    def run(self, options: argparse.Namespace, /) -> int:
        """Run the command; return its exit status."""


_COMMANDS: Mapping[str, Command] = {
    "run": run,
    "replay": replay,
    "check": check,
    "selftest": selftest,
    "explain": explain,
    "allowlist": allowlist,
    "catalogue": catalogue,
    "drift": drift,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    _require_utf8(arguments)
    gc.set_threshold(_COLLECTION_THRESHOLD)
    os.umask(os.umask(0) & ~stat.S_IRWXU)  # no umask denies the user the user's own files
    options = _parsed(arguments)
    log.set_up(logging.INFO)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal's encoding may lack a character of an alert.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if sys.stdout is None:  # it was closed: the next file would take its place
            raise OperatorError(Diagnostic("standard output", "is closed"))
        require_open_files()
        status = _COMMANDS[options.command].run(options)
        sys.stdout.flush()
    except OperatorError as error:
        for diagnostic in error.diagnostics:
            log.print_error(f"nmapwatchd: {diagnostic}")
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader of standard output has gone: not an error. Closed, so that no flush at exit
        # reports one.
        sys.stderr.close()
        return ExitStatus.DONE
    except (OSError, MemoryError) as error:
        log.print_error(f"nmapwatchd: {_reason(error)}")
        return ExitStatus.FAILED
    except RuntimeError as error:
        if str(error) != _NO_THREAD:
            raise
        log.print_error(f"nmapwatchd: {_NO_PROCESS}")
        return ExitStatus.FAILED
    return status


def _require_utf8(arguments: Sequence[str] | None) -> None:
    """
    Execute the program again with file names in UTF-8, if it is a program and they are not.

    In a locale such as de_DE.ISO-8859-1, Python encodes the names of files and interfaces as the
    locale does. Those in the configuration, which is UTF-8, would become other names, or errors.
    """
    if arguments is None and sys.getfilesystemencoding() != "utf-8":
        interpreter, *words = sys.orig_argv
        os.execv(sys.executable, [interpreter, "-X", "utf8", *words])  # noqa: S606 - no shell


def _reason(error: OSError | MemoryError) -> str:
    """Return what the system refused."""
    if isinstance(error, MemoryError):
        return "out of memory"
    if error.errno == errno.EAGAIN:
        return _NO_PROCESS
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


class _Parser(argparse.ArgumentParser):
    """A parser that suggests the known word closest to an unknown one."""

    @property
    def options(self) -> list[str]:
        """Every option, short and long."""
        return list(self._option_string_actions)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is none of the choices."""
        choices = list(action.choices or ())
        hint = did_you_mean(value, choices) if choices and value not in choices else ""
        if hint:
            raise argparse.ArgumentError(action, f'unknown word "{printable(value)}"{hint}')
        super()._check_value(action, value)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; exit if they are wrong."""
    parser, commands = _parsers()
    options, unknown = parser.parse_known_args(arguments)
    command = commands.get(options.command, parser)
    if unknown:
        option = unknown[0].partition("=")[0]
        hint = did_you_mean(option, command.options) if option.startswith("--") else ""
        command.error(f'unknown argument "{printable(option)}"{hint}')
    if command is parser:
        parser.error(f"no command; use {', '.join(commands)}")
    return options


def _parsers() -> tuple[_Parser, Mapping[str, _Parser]]:
    """Return the parser, and that of each command."""
    parser = _Parser(
        prog="nmapwatchd",
        description="Detects hosts that run nmap on a network.",
        epilog="Exit status: 0 done; 1 a capture could not be read to its end, check found an "
        "error, the self-test failed, nmap has drifted, explain did not find an id, or allowlist "
        "test found a scan not authorised; 2 usage or configuration; 130 interrupted.",
    )
    version = f"nmapwatchd {__version__}, catalogue of {nmap_range()}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in _COMMANDS.items():
        command.add_arguments(
            commands.add_parser(name, help=command.HELP, description=command.__doc__)
        )
    return parser, commands.choices
