"""A sample of an interface shows whether it is a mirror port, and what the filter cannot read."""

import socket
from types import TracebackType

import pytest

from nmapwatchd.capture.link import LinkState
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.commands.checks import traffic as module
from nmapwatchd.commands.checks.traffic import Traffic, problems_of, sample, traffic_warnings

# linux/if_packet.h
TO_THIS_HOST, BROADCAST, OTHER_HOST, OUTGOING = 0, 1, 3, 4
ESP = Sampled(100, (("esp", 42),))
PLAIN = Sampled(100, ())


class PacketSocket:
    """A packet socket that receives frames, then nothing until its time is over."""

    frames: tuple[int, ...] = ()  # the type of each

    def __init__(self, family: int, kind: int) -> None:
        assert (family, kind) == (socket.AF_PACKET, socket.SOCK_DGRAM)
        self._waiting = list(self.frames)
        self._is_promiscuous = False

    def __enter__(self) -> "PacketSocket":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        pass

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        """Join the interface's promiscuous group."""
        self._is_promiscuous = (level, option, value[4:6]) == (263, 1, b"\1\0") and len(value) == 16

    def bind(self, address: tuple[str, int]) -> None:
        """Receive from an interface."""
        assert address == ("eth1", 3)

    def settimeout(self, seconds: float) -> None:
        """Wait no longer than that."""
        assert 0 < seconds <= 2

    def recvfrom(self, _: int) -> tuple[bytes, tuple[str, int, int, int, bytes]]:
        """Return the next frame."""
        if not self._waiting:
            raise TimeoutError
        kind = self._waiting.pop(0)
        assert self._is_promiscuous or kind != OTHER_HOST
        return b"", ("eth1", 0x0806, kind, 1, b"")


@pytest.fixture
def eth1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let eth1 be an Ethernet interface whose frames are those of PacketSocket."""
    monkeypatch.setattr(socket, "socket", PacketSocket)
    monkeypatch.setattr(socket, "if_nametoindex", lambda _: 7)
    monkeypatch.setattr(module, "link_state", lambda _: LinkState(7, ""))
    monkeypatch.setattr(module, "is_ethernet", lambda name: name == "eth1")


def receive(monkeypatch: pytest.MonkeyPatch, *types: int) -> None:
    """Let frames of these types arrive."""
    monkeypatch.setattr(PacketSocket, "frames", types)


@pytest.mark.usefixtures("eth1")
def test_frames_of_other_hosts_are_counted_and_own_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive(monkeypatch, TO_THIS_HOST, BROADCAST, OTHER_HOST, OUTGOING, OTHER_HOST)

    found = sample("eth1")

    assert (found.frames, found.foreign, found.sampled.frames) == (4, 2, 4)


@pytest.mark.usefixtures("eth1")
def test_a_port_that_is_not_mirrored_to_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    receive(monkeypatch, TO_THIS_HOST, BROADCAST, OUTGOING)

    assert [str(warning) for warning in traffic_warnings(["eth1", "lo"], frozenset())] == [
        (
            "interfaces: eth1: 2 frames in 2 s, none of them between other hosts: their scans "
            "would not be seen; connect it to a mirror port (SPAN) or a tap"
        )
    ]

    receive(monkeypatch, OTHER_HOST)
    assert list(traffic_warnings(["eth1", "lo"], frozenset())) == []


@pytest.mark.usefixtures("eth1")
def test_a_silent_port_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    receive(monkeypatch, OUTGOING)

    (warning,) = traffic_warnings(["eth1"], frozenset())

    assert str(warning).startswith("interfaces: eth1: no frame arrived in 2 s; check the cable")


def test_frames_in_a_wrapping_that_the_filter_does_not_look_into_are_reported() -> None:
    assert list(problems_of(Traffic(100, 9, ESP), frozenset())) == [
        (
            "42 % of the frames are in ESP, which nmapwatchd does not look into; capture "
            "where the packets are not wrapped"
        )
    ]
    assert list(problems_of(Traffic(100, 9, PLAIN), frozenset())) == []
    unset = Traffic(100, 9, Sampled(100, (("vxlan", 42),)))
    (problem,) = problems_of(unset, frozenset())
    assert "VXLAN (not in unwrap), which nmapwatchd does not look into; add it to unwrap" in problem
    assert list(problems_of(unset, {"vxlan"})) == []


def test_a_few_frames_show_no_share() -> None:
    few = Traffic(2, 1, Sampled(2, (("esp", 1),)))

    assert list(problems_of(few, frozenset())) == []


@pytest.mark.usefixtures("eth1")
def test_what_the_running_service_has_measured_is_not_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "sample", lambda _: Traffic(100, 9, ESP))

    assert len(list(traffic_warnings(["eth1"], frozenset()))) == 1
    assert list(traffic_warnings(["eth1"], frozenset(), ["eth1"])) == []


@pytest.mark.usefixtures("eth1")
@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (PermissionError(1, "Operation not permitted"), "which needs root; run check as root"),
        (OSError(100, "Network is down"), ": Network is down"),
    ],
)
def test_without_a_sample_the_reason_is_reported(
    error: OSError, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> Traffic:
        raise error

    monkeypatch.setattr(module, "sample", refuse)

    (warning,) = traffic_warnings(["eth1"], frozenset())

    assert str(warning).startswith("interfaces: eth1: its traffic was not sampled")
    assert str(warning).endswith(problem)


def test_an_interface_that_is_down_or_absent_is_not_sampled() -> None:
    assert list(traffic_warnings(["nope0"], frozenset())) == []
