"""Validate the configuration and compile every filter, without capturing."""

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from nmapwatchd.capture.link import unusable
from nmapwatchd.capture.tshark_install import check_accepted, find_tshark
from nmapwatchd.commands.authorisation_warnings import authorisation_warnings
from nmapwatchd.commands.config_option import add_config_option, service_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.limitations import limitations
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import JournaldSettings, diagnose_sinks
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import load_signatures
from nmapwatchd.telemetry import log

HELP = "validate the configuration and the signatures; compile and test every filter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")


def run(options: argparse.Namespace) -> int:
    """Print every warning, and every error or what was validated; a warning is not a failure."""
    try:
        settings = service_settings(options.config)
        for sink in settings.sink or (JournaldSettings(),):
            for warning in sink.warnings(settings.spool.maximum_messages):
                log.print_warning(f"warning: {sink.kind}: {warning}")
        for warning in authorisation_warnings(settings, datetime.now(UTC)):
            log.print_warning(f"warning: {warning}")
        lines = asyncio.run(validate(settings))
    except OperatorError as error:
        for diagnostic in error.diagnostics:
            log.print_error(str(diagnostic))
        return ExitStatus.FAILED
    for line in lines:
        print(line)
    return ExitStatus.DONE


async def validate(settings: Settings) -> list[str]:
    """
    Compile the signatures, and test that tshark and the kernel accept the result.

    Returns:
        What was validated, one item a line.

    Raises:
        OperatorError: with every diagnostic.
    """
    loaded = load_signatures(settings.signatures)
    catalogue = loaded.catalogue
    diagnostics = [
        *diagnose_sinks(settings.sink),
        *unusable(settings.interfaces),
        *loaded.refused,
    ]
    try:
        filters = compile_filters(catalogue, settings.wrappings)
    except OperatorError as error:
        raise OperatorError(*diagnostics, *error.diagnostics) from error
    dissection = filters.dissection
    with tempfile.TemporaryDirectory(prefix="nmapwatchd-") as directory:
        tshark = await find_tshark(dissection.dissectors, Path(directory))
        diagnostics += await check_accepted(
            filters.kernel.values(), dissection.fields, tshark.profile
        )
    if diagnostics:
        raise OperatorError(*diagnostics)
    sinks = f"{len(settings.sink)} sinks" if settings.sink else "no sinks (the journal is used)"
    instructions = max(map(len, filters.kernel.values())) // 8  # bytes each
    return [
        (
            f"configuration: {len(settings.interfaces)} interfaces, {sinks}, "
            f"{len(settings.authorised)} authorised scanners"
        ),
        (
            f"catalogue: {len(catalogue.signatures)} signatures "
            f"in {len(catalogue.matcher_rules)} protocols"
        ),
        f"tshark {tshark.version}: supports every field that the signatures use",
        f"kernel: accepts the filter, {instructions} instructions",
        f"wrapped packets: looks into {', '.join(sorted(settings.wrappings)) or 'none'}",
        *limitations(settings),
    ]
