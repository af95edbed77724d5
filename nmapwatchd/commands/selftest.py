"""Verify that the running service captures on every interface and delivers to every sink."""

import argparse

from nmapwatchd.commands.config_option import add_config_option, service_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.limitations import limitations
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.daemon.directories import selftest_socket
from nmapwatchd.formats.escape import printable
from nmapwatchd.selftest.client import SelfTestError, request_selftest
from nmapwatchd.selftest.protocol import MAXIMUM_SECONDS, MINIMUM_SECONDS
from nmapwatchd.telemetry import log

HELP = "verify that the running service captures on every interface and delivers to every sink"

# Seconds that a self-test may take: a TCP sink takes five to confirm what it received.
SELFTEST_SECONDS = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SELFTEST_SECONDS,
        metavar="NUMBER",
        help=f"time limit; default: {SELFTEST_SECONDS:.0f}",
    )
    parser.add_argument(
        "--interface",
        default="",
        metavar="NAME",
        help="test the service nmapwatchd@NAME instead of nmapwatchd",
    )
    add_config_option(
        parser, f"configuration of the service; default: {DEFAULT_FILE}, if it exists"
    )


def run(options: argparse.Namespace) -> int:
    """Request a self-test and print the result for each interface and sink."""
    settings = service_settings(options.config)
    socket = selftest_socket(settings.runtime_directory, options.interface)
    status = ExitStatus.DONE
    try:
        for result in request_selftest(socket, options.seconds):
            if result.error:
                reason = result.error.removeprefix(f"{result.name}: ")  # a sink names itself
                log.print_error(f"nmapwatchd: {result.name}: {reason}")
                status = ExitStatus.FAILED
            else:
                print(f"{result.name}: OK after {result.seconds:.2f} s")
    except SelfTestError as error:
        log.print_error(f"nmapwatchd: {error}")
        status = ExitStatus.FAILED
    for warning in limitations(settings):
        print(f"warning: {warning}")
    return status


def _seconds(text: str) -> float:
    """
    Return a time limit.

    Raises:
        argparse.ArgumentTypeError: it is no number, or out of bounds.
    """
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{printable(text)}" is not a number') from None
    if not seconds >= MINIMUM_SECONDS:  # nor is "nan"
        raise argparse.ArgumentTypeError(f"must be at least {MINIMUM_SECONDS}")
    if seconds > MAXIMUM_SECONDS:
        raise argparse.ArgumentTypeError(f"must be at most {MAXIMUM_SECONDS}")
    return seconds
