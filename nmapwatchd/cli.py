"""The command line: parses arguments and runs one command."""

import argparse
import gc
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from nmapwatchd import __version__
from nmapwatchd.commands import catalogue, check, drift, replay, run, selftest
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.errors import OperatorError
from nmapwatchd.telemetry import log

# Net allocations between two runs of the garbage collector, 700 by default. Reference counts free
# nearly everything; at the default, passes over the catalogue take a sixth of the start.
_COLLECTION_THRESHOLD = 50_000


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
    "catalogue": catalogue,
    "drift": drift,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    gc.set_threshold(_COLLECTION_THRESHOLD)
    options = _parser().parse_args(arguments)
    log.set_up(logging.INFO)
    try:
        return _COMMANDS[options.command].run(options)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nmapwatchd",
        description="Detects hosts that run nmap on a network.",
        epilog="Exit status: 0 done; 1 a capture could not be read to its end, check found an "
        "error, the self-test failed, or nmap has drifted; 2 usage or configuration; "
        "130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"nmapwatchd {__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for name, command in _COMMANDS.items():
        command.add_arguments(
            commands.add_parser(name, help=command.HELP, description=command.__doc__)
        )
    return parser
