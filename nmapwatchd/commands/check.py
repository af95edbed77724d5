"""Judge the configuration as the service would, and what it will meet; nothing is written."""

import argparse
import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nmapwatchd.capture.capabilities import require_capture
from nmapwatchd.capture.tshark_install import check_accepted, find_tshark
from nmapwatchd.commands.checks.authorisations import authorisation_warnings
from nmapwatchd.commands.checks.clock import clock_warnings
from nmapwatchd.commands.checks.disk import disk_warnings
from nmapwatchd.commands.checks.interfaces import interface_warnings
from nmapwatchd.commands.checks.nmap_release import nmap_warnings
from nmapwatchd.commands.checks.report import print_findings, summary
from nmapwatchd.commands.checks.sandbox import sandbox_warnings
from nmapwatchd.commands.checks.service_user import become_service_user, is_root
from nmapwatchd.commands.checks.sinks import sink_warnings
from nmapwatchd.commands.checks.traffic import traffic_warnings
from nmapwatchd.commands.config_option import add_config_option
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.interface_option import (
    add_interface_option,
    capture_settings,
    diagnose_interfaces,
)
from nmapwatchd.commands.limitations import limitations
from nmapwatchd.commands.open_files import require_open_files
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import diagnose_sinks, duplicate_sinks
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.signatures.loader import LoadedSignatures, load_signatures
from nmapwatchd.signatures.recall import recall_loss
from nmapwatchd.signatures.tuning import count_in_words

HELP = "judge the configuration as the service would, and warn of what it will meet"


@dataclass(slots=True)
class _Findings:
    """
    What the check found.

    Args:
        valid: what was validated, one item a line.
        errors: what the service would refuse.
        warnings: what does not prevent its start.
    """

    valid: list[str] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_interface_option(parser, "check the configuration with")
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")


def run(options: argparse.Namespace) -> int:
    """Print what is valid, every error, every warning, and their number."""
    was_root = is_root()
    user = become_service_user()
    found = _Findings()
    try:
        settings = capture_settings(options)
        if was_root:  # the unit grants it to the service
            require_capture()
        require_open_files(len(settings.interfaces))
    except OperatorError as error:
        found.errors += error.diagnostics
    else:
        asyncio.run(_examine(settings, found))
    if not found.errors:
        for line in found.valid:
            print(line, flush=True)
    print_findings(found.errors, found.warnings)
    print(summary(len(set(found.errors)), len(set(found.warnings)), user))
    return ExitStatus.FAILED if found.errors else ExitStatus.DONE


async def _examine(settings: Settings, found: _Findings) -> None:
    """Validate, and at the same time wait for collectors and traffic."""
    outlook = [
        asyncio.to_thread(partial(list[Diagnostic], warnings)) for warnings in _warnings(settings)
    ]
    validated = asyncio.create_task(validate(settings, found))
    for warnings in await asyncio.gather(*outlook):
        found.warnings += warnings
    await validated


def _warnings(settings: Settings) -> Iterator[Iterable[Diagnostic]]:
    """Yield the warnings of each subject, which are found while they are iterated."""
    limited = limitations(settings)
    measured = [warning.location.removeprefix("interfaces: ") for warning in limited]
    yield limited
    yield authorisation_warnings(settings, datetime.now(UTC))
    yield sink_warnings(settings.sink, settings.spool.maximum_messages)
    yield interface_warnings(settings.interfaces)
    yield traffic_warnings(settings.interfaces, settings.wrappings, measured)
    yield disk_warnings(settings)
    yield sandbox_warnings(settings)
    yield clock_warnings()
    yield nmap_warnings()


async def validate(settings: Settings, found: _Findings) -> None:
    """Compile the signatures, and test that tshark and the kernel accept the result."""
    found.errors += _diagnose(settings)
    loaded = load_signatures(settings.signatures, settings.adjustments)
    catalogue = loaded.catalogue
    found.errors += [*loaded.refused, *loaded.unmatched]
    found.warnings += filter(None, (change.warning for change in loaded.changes.values()))
    try:
        filters = compile_filters(catalogue, settings.wrappings)
        dissection = filters.dissection
        with tempfile.TemporaryDirectory(prefix="nmapwatchd-") as directory:
            tshark = await find_tshark(dissection.dissectors, Path(directory))
            found.errors += await check_accepted(
                filters.kernel.values(), dissection.fields, tshark.profile
            )
    except OperatorError as error:
        found.errors += error.diagnostics
        return
    sinks = f"{len(settings.sink)} sinks" if settings.sink else "no sinks (the journal is used)"
    instructions = max(map(len, filters.kernel.values())) // 8  # bytes each
    found.valid += [
        (
            f"configuration: {len(settings.interfaces)} interfaces, {sinks}, "
            f"{len(settings.authorised)} authorised scanners"
        ),
        (
            f"catalogue: {len(catalogue.signatures)} signatures "
            f"in {len(catalogue.matcher_rules)} protocols"
        ),
        *_tuning(loaded, settings.policy),
        *_tuning(loaded, settings.policy),
        f"tshark {tshark.version}: supports every field that the signatures use",
        f"kernel: accepts the filter, {instructions} instructions",
        f"wrapped packets: looks into {', '.join(sorted(settings.wrappings)) or 'none'}",
    ]


def _tuning(loaded: LoadedSignatures, policy: WindowPolicy) -> list[str]:
    """Return a line about what the configuration changes of the signatures, and what that costs."""
    if not loaded.changes:
        return []
    own = {one.id: one for one in loaded.everything.signatures}
    own |= {id_: change.signature for id_, change in loaded.changes.items()}
    loss = recall_loss(own.values(), loaded.catalogue.signatures, policy)
    return [f"tuning: {count_in_words(loaded.changes)}; {loss}"]


def _diagnose(settings: Settings) -> Iterator[Diagnostic]:
    """Yield what of the settings the service refuses, in its words."""
    yield from diagnose_interfaces(settings)
    yield from diagnose_sinks(settings.sink)
    for number, sink in enumerate(settings.sink, 1):
        for denial in sink.unit_denials():
            yield Diagnostic(f"sink[{number}]", denial)
    # The service takes tables that are equal for one.
    different = dict.fromkeys(settings.sink)
    yield from duplicate_sinks([sink.build(this_sensor()).name for sink in different])
