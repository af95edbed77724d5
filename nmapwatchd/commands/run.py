"""Capture on network interfaces and report scans: what the service runs."""

import argparse
import asyncio

from nmapwatchd.capture.capabilities import drop_effective_capabilities
from nmapwatchd.commands.config_option import add_config_option, service_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.daemon.compiled_config import CompiledConfig, compile_config
from nmapwatchd.daemon.service import Service
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.signatures.loader import catalogue_of

HELP = "capture on network interfaces and report scans until terminated"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="NAME",
        help="capture on this interface instead of the configured ones; may be repeated",
    )
    parser.add_argument(
        "--output", choices=("text", "json"), help="also print alerts to standard output"
    )
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")


def run(options: argparse.Namespace) -> int:
    """Run the service until it is terminated."""

    def read_config() -> CompiledConfig:
        return _compiled_config(options)

    config = read_config()
    drop_effective_capabilities()
    with Delivery(config.settings.sink, options.output, config.settings.spool) as delivery:
        asyncio.run(Service(config, read_config, delivery).run())
    return ExitStatus.DONE


def _compiled_config(options: argparse.Namespace) -> CompiledConfig:
    """
    Read and compile the configuration, with --interface applied.

    Raises:
        OperatorError: it is invalid, or names no interface.
    """
    settings = service_settings(options.config)
    if options.interface:
        settings = settings.model_copy(update={"interfaces": tuple(options.interface)})
    if not settings.interfaces:
        raise OperatorError(
            Diagnostic("interfaces", "none configured; set them in the file or by --interface")
        )
    return compile_config(settings, catalogue_of(settings.signatures))
