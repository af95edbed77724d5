"""Read and set this thread's capabilities (capabilities(7)), and drop all privileges."""

import ctypes
import os

# Effective, permitted and inheritable capabilities: the lower 32 of each, then the higher.
CapabilitySets = ctypes.c_uint32 * 6

_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
_THIS_THREAD = 0


def get_capabilities() -> "ctypes.Array[ctypes.c_uint32]":
    """
    Return the capabilities.

    Raises:
        OSError: the kernel refuses.
    """
    libc, sets = _libc(), CapabilitySets()
    if libc.capget(_header(), sets):
        raise _error()
    return sets


def set_capabilities(sets: "ctypes.Array[ctypes.c_uint32]") -> None:
    """
    Set the capabilities.

    Raises:
        OSError: the kernel refuses.
    """
    if _libc().capset(_header(), sets):
        raise _error()


def drop_privileges() -> None:
    """
    Drop every capability, and the possibility to gain any by executing a program.

    Raises:
        OSError: the kernel refuses.
    """
    if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise _error()
    set_capabilities(CapabilitySets())


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _header() -> "ctypes.Array[ctypes.c_uint32]":
    return (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, _THIS_THREAD)


def _error() -> OSError:
    return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
