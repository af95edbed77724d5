"""Invariant: nothing that the capture process writes or reads ends it, or the service's reader."""

import asyncio
import os
import socket
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.child.protocol import MAXIMUM_COMMAND, PrepareOutput, receive_commands
from nmapwatchd.child.top_talker import source_of
from tests.frames import frame
from tests.fuzz.damage import damaged

LINES = [b"open 1\n", b"counts 12 0\n", b"top-talker 10.0.0.5\n", b"thinned 16\n",
         b"error it ended\n", b"counts 1 2\nx\n"]  # fmt: skip
FRAMES = [frame(b"x" * 40, tags=tags, source=s, destination=d)
          for tags in (0, 1, 2) for s, d in (("10.0.0.5", "10.0.0.8"), ("::5", "::8"))]  # fmt: skip
COMMANDS = [b"prepare-output dissector " + bytes(40), b"prepare-output dissector ",
            b"switch-output dissector", b"set-filter dissector " + bytes(16)]  # fmt: skip


class Process:
    """A capture process that wrote this, and ended."""

    returncode = 0
    pid = 0

    def __init__(self, stderr: bytes) -> None:
        self.stderr = asyncio.StreamReader()
        self.stderr.feed_data(stderr)
        self.stderr.feed_eof()

    async def wait(self) -> int:
        return 0


async def read(stderr: bytes) -> tuple[CaptureProcess, list[str]]:
    top_talkers = list[str]()
    process = CaptureProcess(
        Process(stderr),  # type: ignore[arg-type]
        on_top_talker=top_talkers.append,
    )
    await process.wait()
    return process, top_talkers


@given(st.lists(damaged(LINES) | st.binary(max_size=40), max_size=6).map(b"".join))
def test_whatever_it_writes_is_read_to_the_end(stderr: bytes) -> None:
    process, top_talkers = asyncio.run(read(stderr + b"\ncounts 77 3\nerror the last\n"))

    assert (process.counts.frames, process.counts.dropped) == (77, 3)
    assert process.last_error == "the last"
    assert process.thinning_factor >= 1
    assert [str(ip_address(source)) for source in top_talkers] == top_talkers


@given(damaged(FRAMES) | st.binary(max_size=60), st.sampled_from([1, 12, 113, 276]))
def test_a_frame_has_a_source_or_none(data: bytes, link: int) -> None:
    source = source_of(data, link)

    assert source == "" or str(ip_address(source))


def test_the_source_of_the_examples_is_found() -> None:
    assert {source_of(data, 1) for data in FRAMES} == {"10.0.0.5", "::5"}
    assert {source_of(data[14:], 12) for data in FRAMES[:2]} == {"10.0.0.5", "::5"}
    assert source_of(FRAMES[0], 113) == ""


@given(damaged(COMMANDS))
def test_a_command_is_received_as_it_was_sent_or_not_at_all(sent: bytes) -> None:
    sent = sent[: 2 * MAXIMUM_COMMAND]  # no socket takes more than some times that
    service, process = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with service, process:
        passed = [service.fileno()] if b"prepare" in sent else []
        socket.send_fds(service, [sent], passed)
        service.shutdown(socket.SHUT_WR)
        for command in receive_commands(process):
            assert command.encode() == sent
            if isinstance(command, PrepareOutput):
                os.close(command.descriptor)
