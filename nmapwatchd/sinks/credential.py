"""Files named in the configuration: a path, or a credential of the service manager."""

import os
import re
from pathlib import Path

from nmapwatchd.sinks.sink import SinkError

# Prefix of a credential in the configuration (systemd.exec(5), LoadCredential=).
PREFIX = "credential:"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def check_name(file: str) -> None:
    """
    Check the syntax of a credential; any path is accepted.

    Raises:
        ValueError: not the name of a credential.
    """
    if file.startswith(PREFIX) and not _NAME.fullmatch(file.removeprefix(PREFIX)):
        raise ValueError(f"{file!r} is not a credential such as {PREFIX}nmapwatchd.key")


def resolve(file: str) -> Path:
    """
    Return the path of a file or credential.

    Raises:
        SinkError: it is a credential, and the service manager passed none, or a blank one, which is
            the unit's default.
    """
    if not file.startswith(PREFIX):
        return Path(file)
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise SinkError(f"{file}: the service manager passed no credentials; see nmapwatchd(8)")
    credential = Path(directory) / file.removeprefix(PREFIX)
    try:
        is_blank = not credential.read_bytes().strip()
    except OSError as error:
        raise SinkError.of(file, error) from error
    if is_blank:
        raise SinkError(f"{file}: there is no such credential; see nmapwatchd(8)")
    return credential
