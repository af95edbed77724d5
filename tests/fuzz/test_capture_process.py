"""Invariant: nothing that the capture process says, hears or sees ends it, or who listens to it."""

import asyncio
import os
import socket
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.child import top_talker as sample
from nmapwatchd.child.live_capture import WISH, wishes
from tests.frames import frame
from tests.fuzz.damage import damaged

SAID = [b"open 1\n", b"counts 12 0\n", b"loud 10.0.0.5\n", b"error it ended\n", b"counts 1 2\nx\n"]
FRAMES = [frame(b"x" * 40, tags=tags, source=s, destination=d)
          for tags in (0, 1, 2) for s, d in (("10.0.0.5", "10.0.0.8"), ("::5", "::8"))]  # fmt: skip


class Process:
    """A capture process that said this, and ended."""

    returncode = 0
    pid = 0

    def __init__(self, said: bytes) -> None:
        self.stderr = asyncio.StreamReader()
        self.stderr.feed_data(said)
        self.stderr.feed_eof()

    async def wait(self) -> int:
        return 0


async def listen(said: bytes) -> tuple[CaptureProcess, list[str]]:
    loud = list[str]()
    front = CaptureProcess(Process(said), loud=loud.append)  # type: ignore[arg-type]
    await front.wait()
    return front, loud


@given(st.lists(damaged(SAID) | st.binary(max_size=40), max_size=6).map(b"".join))
def test_whatever_it_says_is_heard_to_the_end(said: bytes) -> None:
    front, loud = asyncio.run(listen(said + b"\ncounts 77 3\nerror the last\n"))

    assert (front.counts.frames, front.counts.dropped) == (77, 3)
    assert front.last_words == "the last"
    assert [str(ip_address(sender)) for sender in loud] == loud


@given(damaged(FRAMES) | st.binary(max_size=60), st.sampled_from([1, 12, 113, 276]))
def test_a_frame_has_a_sender_or_none(data: bytes, link: int) -> None:
    sender = sample.sender(data, link)

    assert sender == "" or str(ip_address(sender))


def test_the_sender_of_the_examples_is_told() -> None:
    assert {sample.sender(data, 1) for data in FRAMES} == {"10.0.0.5", "::5"}
    assert {sample.sender(data[14:], 12) for data in FRAMES[:2]} == {"10.0.0.5", "::5"}
    assert sample.sender(FRAMES[0], 113) == ""


@given(damaged([b"heir " + bytes(40), b"heir ", b"succeed", b"filter " + bytes(16)]))
def test_a_wish_is_taken_as_it_was_said_or_not_at_all(said: bytes) -> None:
    said = said[: 2 * WISH]  # no socket takes more than some times that
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        socket.send_fds(ours, [said], [ours.fileno()] if b"heir" in said else [])
        ours.shutdown(socket.SHUT_WR)
        for wish in wishes(theirs):
            assert said in (wish.word + b" " + wish.given, wish.word)
            if wish.descriptor >= 0:
                os.close(wish.descriptor)
