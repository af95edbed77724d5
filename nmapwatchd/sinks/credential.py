"""Where a file is that the configuration names: a path, or a credential of the service manager."""

import os
import re
from pathlib import Path

from nmapwatchd.sinks.sink import SinkError

# How the configuration names a credential (systemd.exec(5), LoadCredential=).
PREFIX = "credential:"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def check_name(file: str) -> None:
    """
    See that a credential is named as one.

    Raises:
        ValueError: it is not.
    """
    if file.startswith(PREFIX) and not _NAME.fullmatch(file.removeprefix(PREFIX)):
        raise ValueError(f"{file!r} names no credential, as {PREFIX}nmapwatchd.key does")


def place(file: str) -> Path:
    """
    Return where a file is.

    Raises:
        SinkError: it is a credential, and the service manager passed none.
    """
    if not file.startswith(PREFIX):
        return Path(file)
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise SinkError(f"{file}: the service manager passed no credentials; see nmapwatchd(8)")
    return Path(directory) / file.removeprefix(PREFIX)
