"""The directory of the spool."""

import os
from pathlib import Path

# The unit's StateDirectory, for runs without systemd.
STATE_DIRECTORY = "/var/lib/nmapwatchd"


def state_directory(configured: str) -> Path | None:
    """
    Return the directory where messages are stored, or None if there is none.

    Args:
        configured: by the operator; empty for $STATE_DIRECTORY, or else for STATE_DIRECTORY if it
            exists and belongs to this user.
    """
    if configured:
        return Path(configured)
    from_systemd = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    directory = Path(from_systemd or STATE_DIRECTORY)
    is_own = from_systemd or (directory.is_dir() and directory.stat().st_uid == os.geteuid())
    return directory if is_own and os.access(directory, os.W_OK) else None
