"""Capture on network interfaces and report scans: what the service runs."""

import argparse
import asyncio
import signal
from functools import partial

from nmapwatchd.capture.capabilities import drop_effective_capabilities, require_capture
from nmapwatchd.commands.config_option import add_config_option
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.interface_option import (
    add_interface_option,
    capture_settings,
    diagnose_interfaces,
)
from nmapwatchd.commands.open_files import require_open_files
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.daemon.compiled_config import CompiledConfig, compile_config
from nmapwatchd.daemon.service import DEFERRED_SIGNALS, IGNORED_SIGNALS, Service
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import OperatorError
from nmapwatchd.signatures.loader import load_signatures

HELP = "capture on network interfaces and report scans until terminated"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_interface_option(parser, "capture on")
    parser.add_argument(
        "--output", choices=("text", "json"), help="also print alerts to standard output"
    )
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")


def run(options: argparse.Namespace) -> int:
    """Run the service until it is terminated."""
    signal.pthread_sigmask(signal.SIG_BLOCK, DEFERRED_SIGNALS)
    for number in IGNORED_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    config = _compiled_config(options)
    require_capture()
    require_open_files(len(config.settings.interfaces))
    drop_effective_capabilities()
    with Delivery(config.settings.sink, options.output, config.settings.spool) as delivery:
        asyncio.run(Service(config, partial(_whole_config, options), delivery).run())
    return ExitStatus.DONE


def _whole_config(options: argparse.Namespace) -> CompiledConfig:
    """
    Read the configuration for a reload.

    Raises:
        OperatorError: a part of it is refused: the running configuration is better then.
    """
    config = _compiled_config(options)
    if config.refused or config.unmatched:
        raise OperatorError(*config.refused, *config.unmatched)
    return config


def _compiled_config(options: argparse.Namespace) -> CompiledConfig:
    """
    Read and compile the configuration, with --interface applied; leave out invalid signatures.

    Raises:
        OperatorError: it is invalid, or names no interface, or one that cannot exist.
    """
    settings = capture_settings(options)
    if diagnostics := diagnose_interfaces(settings):
        raise OperatorError(*diagnostics)
    return compile_config(settings, load_signatures(settings.signatures, settings.adjustments))
