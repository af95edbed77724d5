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
            exists, belongs to this user and is writable. The first two need not be usable yet.
    """
    given = configured or os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    directory = Path(STATE_DIRECTORY)
    is_own = directory.is_dir() and directory.stat().st_uid == os.geteuid()
    return directory if is_own and os.access(directory, os.W_OK) else None
