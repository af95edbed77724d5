"""The service's side of a capture process: what it sends, what it makes of reports, how it ends."""

import asyncio
import os
import signal
import socket
import struct
from pathlib import Path
from typing import Any, cast

import pytest

from nmapwatchd.capture.process import KEPT_LINES, CaptureProcess
from nmapwatchd.child.protocol import (
    DISSECTOR,
    Command,
    PrepareOutput,
    Sampled,
    SetFilter,
    SwitchOutput,
    receive_commands,
)
from nmapwatchd.errors import CaptureError
from tests.frames import frame, frames_of, write_capture

ACCEPT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)
FRAMES = [frame(b"%d" % number, number=number) for number in range(3)]


class Process:
    """A process that runs until its errors end, and writes them when a test has it so."""

    returncode: int | None = None
    pid = 1 << 30  # no process has such an ID

    def __init__(self) -> None:
        self.stderr = asyncio.StreamReader()

    async def wait(self) -> int:
        return 0


class Started:
    """A capture process, and what it is sent."""

    def __init__(self) -> None:
        self.process = Process()
        service_end, self.child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        service_end.setblocking(False)
        self.top_talkers: list[str] = []
        self.samples: list[Sampled] = []
        self.capture = CaptureProcess(
            cast(Any, self.process), service_end, self.top_talkers.append, self.samples.append
        )

    def received(self) -> list[Command]:
        self.child_end.settimeout(1)
        with self.child_end:
            return list(receive_commands(self.child_end))


def test_reports_are_recorded() -> None:
    async def run() -> None:
        started = Started()
        lines = b"open 1\ncounts 7 2\ntop-talker 10.0.0.9\nsampled 50 esp=2\n"
        started.process.stderr.feed_data(lines + b"\nTraceback:\nerror eth0: it is gone\n")
        started.process.stderr.feed_eof()
        before = started.capture.last_output_at
        await started.capture.wait()

        assert started.capture.link == 1
        assert (started.capture.counts.frames, started.capture.counts.dropped) == (7, 2)
        assert started.top_talkers == ["10.0.0.9"]
        assert started.samples == [Sampled(50, (("esp", 2),))]
        assert started.capture.last_error == "eth0: it is gone"
        assert started.capture.last_output_at >= before

    asyncio.run(run())


def test_only_the_last_errors_are_kept() -> None:
    async def run() -> None:
        started = Started()
        started.process.stderr.feed_data(b"".join(b"error %d\n" % n for n in range(100)))
        started.process.stderr.feed_eof()
        await started.capture.wait()

        assert started.capture.last_error == "99"
        assert len(started.capture._errors) == KEPT_LINES

    asyncio.run(run())


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [(b"open 1\n", True), (b"error no\nopen 1\n", False), (b"error no\n", False), (b"", False)],
)
def test_it_has_opened_if_it_reports_that_and_no_error(lines: bytes, *, is_open: bool) -> None:
    async def run() -> bool:
        started = Started()
        started.process.stderr.feed_data(lines)
        if not is_open:
            started.process.stderr.feed_eof()
        found = await started.capture.opened()
        started.process.stderr.feed_eof()
        return found

    assert asyncio.run(run()) is is_open


def test_commands_name_the_dissector_s_output() -> None:
    async def run() -> list[Command]:
        started = Started()
        reader, writer = os.pipe()
        started.capture.prepare_output(writer, bytes(16))
        started.capture.switch_output()
        started.capture.set_filter(ACCEPT_ALL)
        started.capture.set_filter(ACCEPT_ALL)  # it has this one already
        started.process.stderr.feed_eof()
        await started.capture.finish()
        started.capture.switch_output()  # it has finished: nothing is sent
        os.close(reader)
        os.close(writer)
        return started.received()

    prepare, *others = asyncio.run(run())

    assert isinstance(prepare, PrepareOutput)
    os.close(prepare.descriptor)
    assert (prepare.output, prepare.canary) == (DISSECTOR, bytes(16))
    assert others == [SwitchOutput(DISSECTOR), SetFilter(DISSECTOR, ACCEPT_ALL)]
    assert [type(command) for command in others] == [SwitchOutput, SetFilter]


def test_a_process_that_reads_no_commands_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[tuple[int, int]]()
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))

    async def run() -> None:
        started = Started()
        for number in range(10_000):
            started.capture.set_filter(ACCEPT_ALL * (1 + number % 2))
            if sent:
                break
        started.process.returncode = 0
        started.process.stderr.feed_eof()
        await started.capture.close()
        started.child_end.close()

    asyncio.run(run())
    assert sent == [(Process.pid, signal.SIGKILL)]


def test_a_process_that_has_ended_is_sent_nothing_more() -> None:
    async def run() -> None:
        started = Started()
        started.child_end.close()
        started.capture.switch_output()
        assert started.capture._commands is None
        started.capture.switch_output()
        started.process.returncode = 0
        started.process.stderr.feed_eof()
        await started.capture.close()

    asyncio.run(run())


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "in.pcap", FRAMES)


def test_a_file_is_filtered_by_a_real_one(capture: Path, tmp_path: Path) -> None:
    async def run() -> tuple[int, int]:
        with capture.open("rb") as source, (tmp_path / "out.pcap").open("wb") as output:
            process = await CaptureProcess.from_file(
                source.fileno(), {1: ACCEPT_ALL}, output.fileno()
            )
            return await process.wait(), process.link

    assert asyncio.run(run()) == (0, 1)
    assert frames_of(tmp_path / "out.pcap") == FRAMES


def test_a_process_is_ended_if_its_start_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[tuple[int, int]]()

    async def run() -> None:
        process = Process()

        async def start(*_: object) -> Process:
            return process

        def kill(pid: int, number: int) -> None:
            sent.append((pid, number))
            process.stderr.feed_eof()

        monkeypatch.setattr("nmapwatchd.capture.process._start", start)
        monkeypatch.setattr(os, "kill", kill)
        opening = asyncio.create_task(CaptureProcess.from_interface("eth0", {1: ACCEPT_ALL}, print))
        await asyncio.sleep(0.01)
        opening.cancel()
        await asyncio.wait({opening})
        assert opening.cancelled()

    asyncio.run(run())
    assert sent == [(Process.pid, signal.SIGTERM)]


def test_an_interface_that_cannot_be_opened_is_an_error() -> None:
    async def run() -> None:
        await CaptureProcess.from_interface("nope0", {1: ACCEPT_ALL}, print)

    with pytest.raises(CaptureError, match=r"^nope0: "):
        asyncio.run(run())
