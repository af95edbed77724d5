"""The runtime directory: where a running service is found by who is on the same machine."""

import os
from pathlib import Path

# Where the unit's RuntimeDirectory is, for one who runs the program without systemd.
USUAL = "/run/nmapwatchd"
# The names in it.
SELF_TEST, METRICS = "selftest.socket", "metrics.prom"


def runtime_directory(configured: str) -> Path | None:
    """
    Return where the service may put what others shall find, or None where there is no place.

    Args:
        configured: what the configuration says; empty for $RUNTIME_DIRECTORY, or else the usual
            place where that exists and is ours.
    """
    given = configured or os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    place = Path(given or USUAL)
    if given:
        return place
    return place if place.is_dir() and place.stat().st_uid == os.geteuid() else None


def profile_parent(configured: str) -> Path | None:
    """
    Return where tshark's profile is put, or None for the usual place of temporary files.

    Old files are swept away there, so that the runtime directory is better; but where root started
    the service, tshark is another user, who may have no way to it.
    """
    place = runtime_directory(configured) if os.geteuid() else None
    if place is not None:
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    return place


def socket_of(configured: str) -> Path:
    """Return where the socket of a running service is, for who asks it for a self-test."""
    return Path(configured or USUAL) / SELF_TEST
