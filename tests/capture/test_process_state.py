"""Whether a process is stopped, and its memory, are read from /proc."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from nmapwatchd.capture.process_state import is_stopped, private_memory

NO_PROCESS = 1 << 30


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def test_a_stopped_process_is_stopped_until_it_continues(pid: int) -> None:
    found = [is_stopped(pid)]
    for number in (signal.SIGSTOP, signal.SIGCONT):
        os.kill(pid, number)
        time.sleep(0.05)
        found.append(is_stopped(pid))

    assert found == [False, True, False]


def test_a_process_has_memory(pid: int) -> None:
    assert 0 < private_memory(pid) < 10 << 20
    before = private_memory(os.getpid())
    held = bytearray(os.urandom(1 << 20) * 32)
    assert private_memory(os.getpid()) - before > len(held) // 2


def test_a_process_that_has_ended_is_not_stopped_and_has_no_memory() -> None:
    assert not is_stopped(NO_PROCESS)
    assert private_memory(NO_PROCESS) == 0


def test_a_zombie_has_no_memory() -> None:
    with subprocess.Popen(["true"]) as process:
        time.sleep(0.1)
        assert private_memory(process.pid) == 0
        assert not is_stopped(process.pid)
