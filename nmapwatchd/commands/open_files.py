"""Check that the program may open as many files as it needs, before it opens any."""

import resource
from contextlib import suppress

from nmapwatchd.errors import Diagnostic, OperatorError

# Descriptors that every command may need: its modules, sinks, spool, sockets, and the pipes of
# three child processes at a time.
_BASE = 64
# Descriptors for each interface: its processes and, while one is replaced, their successors.
_PER_INTERFACE = 16


def require_open_files(interfaces: int = 0) -> None:
    """
    Raise the limit of open files to what is needed, if it is lower and may be raised.

    Args:
        interfaces: how many are captured on.

    Raises:
        OperatorError: it may not.
    """
    needed = _BASE + _PER_INTERFACE * interfaces
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard == resource.RLIM_INFINITY or hard >= needed:
        with suppress(OSError):  # a sandbox may forbid it
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
            return
    raise OperatorError(
        Diagnostic(
            "open files",
            f"the limit of {soft} is too low, {needed} are needed; raise it by ulimit -n, or "
            "LimitNOFILE= of the unit",
        )
    )
