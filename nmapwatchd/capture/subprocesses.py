"""Ends a child process, asked first and then forced."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress

# Seconds that a process has to end by itself before it is killed.
END_SECONDS = 2.0
# The process group of a child: its own, so that the Ctrl-C that ends the service does not end it,
# too, before it has handed on what it holds (setpgid(2)).
OWN_GROUP = 0


async def end(process: Process) -> None:
    """Ask a process to end, kill it when it does not, and wait for it."""
    if process.returncode is not None:
        return
    send(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        send(process, signal.SIGKILL)
        await process.wait()


def send(process: Process, number: signal.Signals) -> None:
    """
    Send a signal.

    asyncio's own calls look whether the process has ended, and by that take its exit status away
    from who waits for it.
    """
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
