"""A child is ended, by force if need be, and its exit status is kept for the task that waits."""

import asyncio
import signal
import time
from asyncio.subprocess import Process

import pytest

from nmapwatchd.capture import subprocesses
from nmapwatchd.capture.subprocesses import DEAF, OWN_GROUP, end, send_signal

STUBBORN = 'trap "" TERM; echo ready; while :; do sleep 0.05; done'


async def sleeping() -> Process:
    return await asyncio.create_subprocess_exec("sleep", "60", process_group=OWN_GROUP)


def test_a_child_is_terminated() -> None:
    async def ended() -> int | None:
        process = await sleeping()
        await end(process)
        return process.returncode

    assert asyncio.run(ended()) == -signal.SIGTERM


def test_a_child_that_ignores_that_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocesses, "END_SECONDS", 0.1)

    async def ended() -> int | None:
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", STUBBORN, stdout=asyncio.subprocess.PIPE, process_group=OWN_GROUP
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await end(process)
        return process.returncode

    assert asyncio.run(ended()) == -signal.SIGKILL


def test_a_stopped_child_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocesses, "END_SECONDS", 0.1)

    async def ended() -> int | None:
        process = await sleeping()
        send_signal(process, signal.SIGSTOP)
        await asyncio.sleep(0.05)
        await end(process)
        return process.returncode

    assert asyncio.run(ended()) == -signal.SIGKILL


def test_a_child_that_has_ended_is_left_alone() -> None:
    async def ended() -> tuple[int | None, float]:
        process = await asyncio.create_subprocess_exec("true")
        await process.wait()
        started = time.monotonic()
        send_signal(process, signal.SIGKILL)
        await end(process)
        return process.returncode, time.monotonic() - started

    status, seconds = asyncio.run(ended())
    assert status == 0
    assert seconds < 1


def test_a_signal_leaves_the_exit_status_to_the_task_that_waits() -> None:
    async def ended() -> int:
        process = await sleeping()
        waiting = asyncio.create_task(process.wait())
        await asyncio.sleep(0)
        send_signal(process, signal.SIGKILL)
        time.sleep(0.1)  # noqa: ASYNC251 - it has ended, and the loop does not know yet
        send_signal(process, signal.SIGKILL)
        return await waiting

    assert asyncio.run(ended()) == -signal.SIGKILL


def test_signals_for_the_service_do_not_end_a_child() -> None:
    async def ended() -> int | None:
        process = await asyncio.create_subprocess_exec(
            *DEAF, "sh", "-c", "echo ready; exec sleep 60", stdout=asyncio.subprocess.PIPE,
            process_group=OWN_GROUP,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
            send_signal(process, number)
        return await process.wait()

    assert asyncio.run(ended()) == -signal.SIGTERM
