"""A burst of frames is sampled, and the socket receives nothing between two bursts."""

import socket
from collections.abc import Iterable
from typing import cast

import pytest

from nmapwatchd.child.protocol import MAXIMUM_PATHS, Sampled
from nmapwatchd.child.sampler import BURST_FRAMES, FrameSampler
from tests.frames import frame
from tests.wrapping import link, over_ip, vxlan

PLAIN = frame(b"GET / HTTP/1.0")
ESP = over_ip(50, bytes(40))


class PacketSocket:
    """A packet socket of type SOCK_DGRAM that receives these frames, then nothing."""

    def __init__(self, frames: Iterable[bytes], error: OSError | None = None) -> None:
        self._frames = iter(frames)
        self._error = error
        self._blocks = True
        self.bound: list[tuple[str, int]] = []

    def settimeout(self, seconds: float) -> None:
        assert 0 < seconds <= 1
        self._blocks = True

    def setblocking(self, blocks: bool) -> None:
        self._blocks = blocks

    def bind(self, address: tuple[str, int]) -> None:
        self.bound.append(address)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        if self._error:
            raise self._error
        for data in self._frames:
            return data[14:][:size], ("eth0", int.from_bytes(data[12:14]))
        raise TimeoutError

    def recv(self, _size: int) -> bytes:
        assert not self._blocks
        for data in self._frames:
            return data
        raise BlockingIOError


def burst(packets: PacketSocket) -> Sampled:
    return FrameSampler(cast(socket.socket, packets), "eth0").burst()


def test_a_sample_counts_frames_and_what_is_around_their_packets() -> None:
    sample = burst(PacketSocket([PLAIN, ESP, PLAIN, vxlan(PLAIN), ESP]))

    assert sample == Sampled(5, (("esp", 2), ("vxlan", 1)))


def test_a_burst_ends_after_so_many_frames_and_what_came_after_it_is_discarded() -> None:
    packets = PacketSocket([PLAIN] * (BURST_FRAMES + 7))

    assert burst(packets) == Sampled(BURST_FRAMES)
    assert burst(packets) == Sampled(0)


def test_the_socket_receives_only_during_a_burst() -> None:
    packets = PacketSocket([PLAIN])
    burst(packets)

    assert packets.bound == [("eth0", 3), ("eth0", 0)]


def test_an_interface_that_is_down_ends_a_burst() -> None:
    packets = PacketSocket([], OSError(100, "Network is down"))

    assert burst(packets) == Sampled(0)
    assert packets.bound[-1] == ("eth0", 0)


def test_the_most_frequent_are_named() -> None:
    kinds = [link(0x1200 + n, bytes(40)) for n in range(MAXIMUM_PATHS + 2)]
    paths = dict(burst(PacketSocket([*kinds, *kinds[2:]])).paths)

    assert len(paths) == MAXIMUM_PATHS
    assert set(paths.values()) == {2}


def test_bursts_are_reported_until_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    reports: list[Sampled] = []

    def report(sample: Sampled) -> None:
        reports.append(sample)
        if len(reports) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FrameSampler(cast(socket.socket, PacketSocket([PLAIN])), "eth0").run(report)

    assert reports == [Sampled(1), Sampled(0), Sampled(0)]
    assert all(0.4 < wait <= 1.5 for wait in waits)
