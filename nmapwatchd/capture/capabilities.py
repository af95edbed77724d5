"""Sets the right to capture aside: the service hands it on to the process that captures."""

import ctypes
import os

_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h


def drop_effective_capabilities() -> None:
    """
    Put this process's rights out of force; what it starts still receives them (capabilities(7)).

    Root keeps its own: it needs them for other things than to capture. To be called before there
    are threads, for each has its rights for itself.

    Raises:
        OSError: the kernel does not do it.
    """
    if os.geteuid() == 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)  # of this process
    # Effective, permitted and inheritable ones, the lower 32 of each, then the higher.
    sets = (ctypes.c_uint32 * 6)()
    refused = libc.capget(header, sets)
    sets[0] = sets[3] = 0
    if refused or libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
