"""Checks a configuration as the service would use it, without watching anything."""

import tempfile
from pathlib import Path

from nmapwatchd.capture.link import absent
from nmapwatchd.capture.tshark_install import check_accepted, find_tshark
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import diagnose_sinks
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import catalogue_of


async def check(settings: Settings) -> list[str]:
    """
    Compile everything, and have tshark and the kernel accept it.

    Returns:
        What was found to be right, a line each.

    Raises:
        OperatorError: with every fault.
    """
    faults = [*diagnose_sinks(settings.sink), *absent(settings.interfaces)]
    catalogue = catalogue_of(settings.signatures)
    compiled = compile_filters(catalogue)
    told = compiled.dissection
    with tempfile.TemporaryDirectory(prefix="nmapwatchd-") as directory:
        tools = await find_tshark(told.dissectors, Path(directory))
        faults += await check_accepted(compiled.kernel.values(), told.fields, tools.profile)
    if faults:
        raise OperatorError(*faults)
    return [
        (
            f"configuration: {len(settings.interfaces)} interfaces, {len(settings.sink)} sinks, "
            f"{len(settings.authorised)} authorised scanners"
        ),
        (
            f"catalogue: {len(catalogue.signatures)} signatures "
            f"in {len(catalogue.matcher_rules)} protocols"
        ),
        f"tshark {tools.version}: knows every field that signatures read",
        f"kernel: accepts the filter, {max(map(len, compiled.kernel.values())) // 8} instructions",
    ]
