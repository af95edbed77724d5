"""End child processes: terminate, and kill after a timeout."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress

# Seconds that a process has to end after SIGTERM before it is killed.
END_SECONDS = 2.0
# The process group of a child: its own, so that the Ctrl-C that ends the service does not end the
# child as well before it has written what it holds (setpgid(2)).
OWN_GROUP = 0
# Precedes a child's command: signals that are meant for the service, but reach all processes of its
# unit (`systemctl kill -s HUP`, as log rotation does), are ignored from the first instruction.
DEAF = ("env", "--ignore-signal=HUP,USR1,USR2")


async def end(process: Process) -> None:
    """Terminate a process, kill it if it does not end, and wait for it."""
    if process.returncode is not None:
        return
    send_signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        send_signal(process, signal.SIGKILL)
        await process.wait()


def send_signal(process: Process, number: signal.Signals) -> None:
    """
    Send a signal to a process, if it has not ended.

    asyncio's own method polls whether the process has ended, and so takes the exit status from the
    task that waits for it.
    """
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
