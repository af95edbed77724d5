"""Validate the configuration and compile every filter, without capturing."""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nmapwatchd.capture.link import link_state, unusable
from nmapwatchd.capture.tshark_install import check_accepted, find_tshark
from nmapwatchd.commands.authorisation_warnings import authorisation_warnings
from nmapwatchd.commands.config_option import add_config_option
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.interface_option import (
    add_interface_option,
    capture_settings,
    diagnose_interfaces,
)
from nmapwatchd.commands.limitations import limitations
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import JournaldSettings, diagnose_sinks, sink_outages
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import LoadedSignatures, load_signatures
from nmapwatchd.signatures.recall import recall_loss
from nmapwatchd.signatures.tuning import count_in_words
from nmapwatchd.telemetry import log

HELP = "validate the configuration and the signatures; compile and test every filter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_interface_option(parser, "check the configuration with")
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")


def run(options: argparse.Namespace) -> int:
    """Print every warning, and every error or what was validated; a warning is not a failure."""
    try:
        settings = capture_settings(options)
        for warning in _warnings(settings):
            log.print_warning(f"warning: {warning}")
        lines = asyncio.run(validate(settings))
    except OperatorError as error:
        for diagnostic in error.diagnostics:
            log.print_error(str(diagnostic))
        return ExitStatus.FAILED
    for line in lines:
        print(line)
    return ExitStatus.DONE


def _warnings(settings: Settings) -> Iterator[str]:
    """Yield what does not prevent the start of the service."""
    sinks = settings.sink or (JournaldSettings(),)
    for sink in sinks:
        for warning in sink.warnings(settings.spool.maximum_messages):
            yield f"{sink.kind}: {warning}"
    for outage in sink_outages(sinks):
        yield f"{outage}; the service retries"
    for name in settings.interfaces:
        if not link_state(name).index and not unusable([name]):
            yield f"interfaces: {name}: there is no such interface; the service waits for it"
    yield from authorisation_warnings(settings, datetime.now(UTC))


async def validate(settings: Settings) -> list[str]:
    """
    Compile the signatures, and test that tshark and the kernel accept the result.

    Returns:
        What was validated, one item a line.

    Raises:
        OperatorError: with every diagnostic.
    """
    loaded = load_signatures(settings.signatures, settings.adjustments)
    for change in loaded.changes.values():
        if change.warning:
            log.print_warning(f"warning: {change.warning}")
    catalogue = loaded.catalogue
    diagnostics = [
        *diagnose_sinks(settings.sink),
        *diagnose_interfaces(settings),
        *loaded.refused,
        *loaded.unmatched,
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
        *_tuning(loaded, settings.policy),
        f"tshark {tshark.version}: supports every field that the signatures use",
        f"kernel: accepts the filter, {instructions} instructions",
        f"wrapped packets: looks into {', '.join(sorted(settings.wrappings)) or 'none'}",
        *limitations(settings),
    ]


def _tuning(loaded: LoadedSignatures, policy: WindowPolicy) -> list[str]:
    """Return a line about what the configuration changes of the signatures, and what that costs."""
    if not loaded.changes:
        return []
    own = {one.id: one for one in loaded.everything.signatures}
    own |= {id_: change.signature for id_, change in loaded.changes.items()}
    loss = recall_loss(own.values(), loaded.catalogue.signatures, policy)
    return [f"tuning: {count_in_words(loaded.changes)}; {loss}"]
