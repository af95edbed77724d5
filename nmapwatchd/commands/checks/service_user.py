"""Become the service's user, so that what it may not read or write is found before it starts."""

import ctypes
import os
import pwd

from nmapwatchd.child.capabilities import CapabilitySets, get_capabilities, set_capabilities

# User= and LogsDirectory= of the unit.
SERVICE_USER = "nmapwatchd"
LOGS_DIRECTORY = "/var/log/nmapwatchd"

_PR_SET_KEEPCAPS = 8  # linux/prctl.h
_CAP_NET_RAW = 1 << 13  # linux/capability.h
_EFFECTIVE, _PERMITTED = 0, 1
# Root's own places, which the service's user cannot use.
_ROOTS_OWN = ("TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")


def is_root() -> bool:
    """Return whether root runs this process."""
    return os.geteuid() == 0


def become_service_user() -> str:
    """
    If root runs this process and the service's user exists, become that user for good.

    The capability to capture is kept, as the unit grants it; no other is.

    Returns:
        The name of the user that this process now runs as; if that is not the service's, though
        there is one, what to do.

    Raises:
        OSError: the kernel refuses.
    """
    name = _name_of(os.geteuid())
    if name == SERVICE_USER:
        os.environ.setdefault("LOGS_DIRECTORY", LOGS_DIRECTORY)
        return name
    try:
        account = pwd.getpwnam(SERVICE_USER)
    except KeyError:  # the service is not installed
        return name
    if not is_root():
        return f"{name}; root can check as {SERVICE_USER}"
    permitted = get_capabilities()[_PERMITTED] & _CAP_NET_RAW
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.initgroups(account.pw_name, account.pw_gid)
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    sets = CapabilitySets()
    sets[_EFFECTIVE] = sets[_PERMITTED] = permitted
    set_capabilities(sets)
    for name in _ROOTS_OWN:
        os.environ.pop(name, None)
    os.environ["HOME"] = account.pw_dir
    os.environ.setdefault("LOGS_DIRECTORY", LOGS_DIRECTORY)
    return account.pw_name


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
