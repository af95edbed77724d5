"""The option --interface, and which interfaces the service captures on."""

import argparse

from nmapwatchd.capture.link import unusable
from nmapwatchd.commands.config_option import service_settings
from nmapwatchd.config.settings import Settings, different, interface_name
from nmapwatchd.errors import Diagnostic, OperatorError


def add_interface_option(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add --interface to a command, given what the command does with it."""
    parser.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="NAME",
        help=f"{verb} this interface instead of the configured ones; may be repeated",
    )


def capture_settings(options: argparse.Namespace) -> Settings:
    """
    Read the configuration, and apply --interface.

    Raises:
        OperatorError: either is invalid.
    """
    settings = service_settings(options.config)
    if not options.interface:
        return settings
    try:
        interfaces = different([interface_name(name) for name in options.interface])
    except ValueError as error:
        raise OperatorError(Diagnostic("--interface", str(error))) from None
    return settings.model_copy(update={"interfaces": interfaces})


def diagnose_interfaces(settings: Settings) -> list[Diagnostic]:
    """Return why the service cannot start with these interfaces, which no waiting mends."""
    if not settings.interfaces:
        return [Diagnostic("interfaces", "none configured; set them in the file or by --interface")]
    return unusable(settings.interfaces)
