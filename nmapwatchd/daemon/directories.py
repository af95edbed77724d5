"""The runtime directory: where other programs find the running service."""

import os
import string
from pathlib import Path

# RuntimeDirectory= of the unit, for a service or a command that systemd did not start.
DEFAULT_RUNTIME_DIRECTORY = "/run/nmapwatchd"
# Characters of the name of a unit that stand for themselves.
_PLAIN = frozenset(string.ascii_letters + string.digits + ":_.")
# Files in it.
SELFTEST_SOCKET, METRICS_FILE = "selftest.socket", "metrics.prom"


def runtime_directory(configured: str) -> Path | None:
    """
    Return the directory for the service's socket and metrics, or None if there is none.

    Args:
        configured: the configured directory; if empty, $RUNTIME_DIRECTORY, else the default
            directory if it exists and belongs to the service's user.
    """
    given = configured or os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    directory = Path(given or DEFAULT_RUNTIME_DIRECTORY)
    if given:
        return directory
    is_own = directory.is_dir() and directory.stat().st_uid == os.geteuid()
    return directory if is_own else None


def profile_parent(configured: str) -> Path | None:
    """
    Return the directory that tshark's profile is created in, or None for the temporary directory.

    The runtime directory is preferred, since old temporary files get removed. But it may not be
    available yet; and if root started the service, tshark runs as another user, who may not be able
    to read there.
    """
    directory = runtime_directory(configured) if os.geteuid() else None
    if directory is None:
        return None
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError:
        return None
    return directory if os.access(directory, os.W_OK | os.X_OK) else None


def selftest_socket(configured: str, interface: str = "") -> Path:
    """
    Return the path of a running service's self-test socket, for the client.

    Args:
        configured: the configured directory, or ''.
        interface: that of an instance of nmapwatchd@.service; empty for nmapwatchd.service.
    """
    instance = f"@{_escaped(interface)}" if interface else ""
    return Path(configured or f"{DEFAULT_RUNTIME_DIRECTORY}{instance}") / SELFTEST_SOCKET


def _escaped(name: str) -> str:
    """Return the name of an interface as the name of a unit contains it (systemd-escape(1))."""
    unit = "".join(chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}" for byte in name.encode())
    return f"\\x2e{unit[1:]}" if unit.startswith(".") else unit
