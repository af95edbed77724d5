"""Warn of frames that a running service does not inspect, from its metrics."""

import time
from pathlib import Path

from nmapwatchd.capture.limitation import WARNING_SHARE
from nmapwatchd.config.settings import Settings
from nmapwatchd.daemon.directories import DEFAULT_RUNTIME_DIRECTORY, METRICS_FILE
from nmapwatchd.errors import Diagnostic
from nmapwatchd.telemetry.prometheus import uninspected

# Seconds after which metrics are of a service that has ended: they are written every five.
MAXIMUM_AGE_SECONDS = 60.0


def limitations(settings: Settings) -> list[Diagnostic]:
    """
    Return a warning for each interface of which the running service does not inspect a share.

    Args:
        settings: those of the service.
    """
    directory = Path(settings.runtime_directory or DEFAULT_RUNTIME_DIRECTORY)
    file = Path(settings.metrics_file) if settings.metrics_file else directory / METRICS_FILE
    try:
        is_current = time.time() - file.stat().st_mtime < MAXIMUM_AGE_SECONDS
        shares = uninspected(file.read_text(encoding="utf-8")) if is_current else {}
    except (OSError, ValueError):  # no service is running, or its metrics are not for this user
        return []
    return [
        Diagnostic(
            f"interfaces: {name}",
            f"{share} % of the frames are not inspected; the status line says why",
        )
        for name, share in shares.items()
        if share >= 100 * WARNING_SHARE
    ]
