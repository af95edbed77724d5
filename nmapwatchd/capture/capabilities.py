"""Disable the service's capabilities while its capture process inherits them."""

import os

from nmapwatchd.child.capabilities import get_capabilities, set_capabilities
from nmapwatchd.errors import Diagnostic, OperatorError

# Positions in the capability sets.
_EFFECTIVE, _PERMITTED, _EFFECTIVE_HIGHER = 0, 1, 3
_CAP_NET_RAW = 1 << 13  # linux/capability.h


def require_capture() -> None:
    """
    Check that the capture process will have the capability to capture.

    Raises:
        OperatorError: it will not.
        OSError: the kernel refuses.
    """
    if not get_capabilities()[_PERMITTED] & _CAP_NET_RAW:
        raise OperatorError(
            Diagnostic("capture", "needs the capability CAP_NET_RAW: run as root, or by the unit")
        )


def drop_effective_capabilities() -> None:
    """
    Clear this process's effective capabilities; child processes inherit them (capabilities(7)).

    Root keeps its own: it needs them for other things than to capture. Call this before threads
    start, because each thread has its own capabilities.

    Raises:
        OSError: the kernel refuses.
    """
    if os.geteuid() == 0:
        return
    sets = get_capabilities()
    sets[_EFFECTIVE] = sets[_EFFECTIVE_HIGHER] = 0
    set_capabilities(sets)
