"""Disable the service's capabilities while its capture process inherits them."""

import os

from nmapwatchd.child.capabilities import get_capabilities, set_capabilities


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
    sets[0] = sets[3] = 0  # the effective ones
    set_capabilities(sets)
