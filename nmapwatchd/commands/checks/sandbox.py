"""Warn of files outside of the directories that the service's unit lets it write to."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import STANDARD_OUTPUT, JsonlSettings
from nmapwatchd.errors import Diagnostic
from nmapwatchd.sinks.unit import UNIT, unit_properties

_PROTECT, _WRITABLE = "ProtectSystem", "ReadWritePaths"
# Those that the unit creates, and its temporary directories.
_OWN = (
    "/var/log/nmapwatchd", "/var/lib/nmapwatchd", "/run/nmapwatchd", "/tmp", "/var/tmp",  # noqa: S108
)  # fmt: skip
# Those of an instance, which its own check before a reload has.
_VARIABLES = ("LOGS_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY")


def sandbox_warnings(settings: Settings) -> Iterator[Diagnostic]:
    """
    Yield which files the unit, if it is installed, would not let the service write.

    Args:
        settings: those of the service.
    """
    yield from warnings_of(settings, unit_properties(_PROTECT, _WRITABLE))


def warnings_of(settings: Settings, unit: Mapping[str, str]) -> Iterator[Diagnostic]:
    """
    Yield which files a unit does not let the service write.

    Args:
        settings: those of the service.
        unit: properties of the unit; none if it is not installed.
    """
    if unit.get(_PROTECT) != "strict":
        return
    named = [os.environ.get(name, "").partition(":")[0] for name in _VARIABLES]
    # A path may have a prefix: absence is no error, or it is relative to the unit's root.
    configured = [path.lstrip("-+") for path in unit.get(_WRITABLE, "").split()]
    writable = [Path(path) for path in (*_OWN, *named, *configured) if path]
    for key, directory in _written(settings):
        if not any(directory.is_relative_to(path) for path in writable):
            yield Diagnostic(
                key,
                f"the unit does not let the service write in {directory}; run systemctl edit "
                f"{UNIT.removesuffix('.service')}, and add under [Service]: "
                f"{_WRITABLE}={directory}",
            )


def _written(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the configured directories that the service writes to, each with its key."""
    for number, sink in enumerate(settings.sink, 1):
        if isinstance(sink, JsonlSettings) and sink.path != STANDARD_OUTPUT:
            yield f"sink[{number}]", Path(sink.file).absolute().parent
    if settings.spool.directory:
        yield "spool.directory", Path(settings.spool.directory)
    if settings.runtime_directory:
        yield "runtime_directory", Path(settings.runtime_directory)
    if settings.metrics_file:
        yield "metrics_file", Path(settings.metrics_file).parent
