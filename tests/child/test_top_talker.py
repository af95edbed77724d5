"""The source of most sampled frames is the top talker, if there is one."""

import socket
from collections.abc import Iterable
from typing import cast

import pytest

from nmapwatchd.child.libpcap import REJECT_ALL
from nmapwatchd.child.top_talker import SAMPLE_FRAMES, TopTalkerSampler, source_of
from tests.frames import frame

ETHERNET, RAW, LINUX_COOKED, RAW_IPV4 = 1, 12, 113, 228
FOUR, SIX = ("10.0.0.5", "10.0.0.8"), ("2001:db8::5", "2001:db8::8")


def built(ends: tuple[str, str], tags: int = 0) -> bytes:
    return frame(b"x" * 40, source=ends[0], destination=ends[1], tags=tags)


@pytest.mark.parametrize("tags", [0, 1, 2])
@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_an_ethernet_frame_s_source_is_after_its_tags(ends: tuple[str, str], tags: int) -> None:
    assert source_of(built(ends, tags), ETHERNET) == ends[0]


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_a_raw_packet_s_source_is_in_its_header(ends: tuple[str, str]) -> None:
    assert source_of(built(ends)[14:], RAW) == ends[0]


@pytest.mark.parametrize("link", [0, LINUX_COOKED, RAW_IPV4, 276])
def test_other_links_have_no_source(link: int) -> None:
    assert source_of(built(FOUR), link) == ""


@pytest.mark.parametrize("length", [0, 12, 14, 27, 29])
def test_a_truncated_frame_has_no_source(length: int) -> None:
    assert source_of(built(FOUR)[:length], ETHERNET) == ""


def test_a_truncated_ipv6_packet_has_no_source() -> None:
    assert source_of(built(SIX)[14:37], RAW) == ""


class PacketSocket:
    """A packet socket that receives these frames, then nothing."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._frames = iter(frames)
        self.bound: list[tuple[str, int]] = []

    def settimeout(self, _seconds: float) -> None:
        """Never wait."""

    def setsockopt(self, *_: object) -> None:
        """Accept every filter."""

    def bind(self, address: tuple[str, int]) -> None:
        self.bound.append(address)

    def recv(self, size: int) -> bytes:
        for data in self._frames:
            return data[:size]
        raise TimeoutError


def sampled(flooding: int, others: int) -> tuple[str, PacketSocket]:
    frames = [built(FOUR)] * flooding + [
        built((f"10.0.1.{n % 250}", "10.0.0.8")) for n in range(others)
    ]
    packets = PacketSocket(frames)
    sampler = TopTalkerSampler(cast(socket.socket, packets), "eth0", ETHERNET)
    return sampler.top_talker(REJECT_ALL), packets


@pytest.mark.parametrize(
    ("flooding", "others", "found"),
    [
        (SAMPLE_FRAMES, 0, "10.0.0.5"),
        (SAMPLE_FRAMES // 2 + 1, SAMPLE_FRAMES, "10.0.0.5"),
        (SAMPLE_FRAMES // 2, SAMPLE_FRAMES, ""),
        (SAMPLE_FRAMES // 2, 0, ""),
        (0, 0, ""),
    ],
)
def test_a_top_talker_sent_more_than_half_of_a_whole_sample(
    flooding: int, others: int, found: str
) -> None:
    assert sampled(flooding, others)[0] == found


def test_the_socket_receives_nothing_between_two_samples() -> None:
    _, packets = sampled(1, 0)

    assert packets.bound == [("eth0", 3), ("eth0", 0)]
