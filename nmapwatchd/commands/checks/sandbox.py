"""Warn of files that the service's unit does not let it write or read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import STANDARD_OUTPUT, JsonlSettings, SyslogSettings
from nmapwatchd.errors import Diagnostic
from nmapwatchd.sinks.credential import PREFIX
from nmapwatchd.sinks.unit import UNIT, unit_properties

_PROTECT, _PROTECT_HOME, _WRITABLE = "ProtectSystem", "ProtectHome", "ReadWritePaths"
# Those that the unit creates, and its temporary directories.
_OWN = (
    "/var/log/nmapwatchd", "/var/lib/nmapwatchd", "/run/nmapwatchd", "/tmp", "/var/tmp",  # noqa: S108
)  # fmt: skip
# What ProtectHome=yes hides (systemd.exec(5)).
_HOMES = ("/home", "/root", "/run/user")
# Those of an instance, which its own check before a reload has.
_VARIABLES = ("LOGS_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY")


def sandbox_warnings(settings: Settings) -> Iterator[Diagnostic]:
    """
    Yield which files the unit, if it is installed, would not let the service write or read.

    Args:
        settings: those of the service.
    """
    yield from warnings_of(settings, unit_properties(_PROTECT, _PROTECT_HOME, _WRITABLE))


def warnings_of(settings: Settings, unit: Mapping[str, str]) -> Iterator[Diagnostic]:
    """
    Yield which files a unit does not let the service write or read.

    Args:
        settings: those of the service.
        unit: properties of the unit; none if it is not installed.
    """
    if unit.get(_PROTECT) == "strict":
        yield from _not_writable(settings, unit.get(_WRITABLE, ""))
    if unit.get(_PROTECT_HOME) == "yes":
        for key, file in _read(settings):
            if any(file.is_relative_to(home) for home in _HOMES):
                yield Diagnostic(
                    key,
                    f"the unit does not let the service read {file}; move it to /etc/nmapwatchd",
                )


def _not_writable(settings: Settings, read_write_paths: str) -> Iterator[Diagnostic]:
    """Yield the directories that are not writable where all but a few are read-only."""
    named = [os.environ.get(name, "").partition(":")[0] for name in _VARIABLES]
    # A path may have a prefix: absence is no error, or it is relative to the unit's root.
    configured = [path.lstrip("-+") for path in read_write_paths.split()]
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


def _read(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the configured files and directories that the service reads, each with its key."""
    for directory in settings.signatures:
        yield "signatures", directory.absolute()
    for number, sink in enumerate(settings.sink, 1):
        if isinstance(sink, SyslogSettings):
            for file in (sink.ca_file, sink.cert_file, sink.key_file, sink.passphrase_file):
                if file and not file.startswith(PREFIX):
                    yield f"sink[{number}]", Path(file).absolute()
