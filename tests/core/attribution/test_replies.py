"""A host that replies to a probe, for example by echoing it, is not reported."""

import pytest

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution import replies
from nmapwatchd.core.attribution.replies import REPLY_NANOSECONDS, ReplyFilter
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Transport
from tests.building import NOON, engine, observation

REPLY: dict[str, object] = {
    "source": "10.0.0.8", "source_port": 7, "destination": "10.0.0.5", "destination_port": 50_000,
}  # fmt: skip


def probe(core: Engine, at: float, **changes: object) -> list[Alert]:
    return list(core.observe(observation(at, **{"payload": b"loud", **changes})).alerts)


def probed(transport: Transport = Transport.TCP) -> Engine:
    """Return an engine that has seen a probe to an echo service."""
    core = engine()
    probe(core, 0, source_port=50_000, destination_port=7, transport=transport)
    return core


def test_a_server_that_sends_back_part_of_a_probe_is_not_reported() -> None:
    core = probed()

    assert probe(core, 0.1, payload=b"an echo: loud", **REPLY) == []
    assert probe(core, 0.2, **REPLY) == []


def test_a_reply_is_one_only_over_the_same_transport_and_to_the_same_port() -> None:
    assert probe(probed(Transport.UDP), 0.1, **REPLY)
    assert probe(probed(), 0.1, **{**REPLY, "destination_port": 50_001})


def test_a_scan_back_from_another_port_is_a_scan() -> None:
    (alert,) = probe(probed(), 0.1, **{**REPLY, "source_port": 60_000, "destination_port": 80})

    assert alert.source == "10.0.0.8"


def test_what_is_sent_after_half_a_minute_is_not_a_reply() -> None:
    assert not probe(probed(), 29.999, **REPLY)
    assert probe(probed(), 30, **REPLY)


def reply_filter(transport: Transport = Transport.TCP) -> ReplyFilter:
    """Return a filter that has seen a probe."""
    found = ReplyFilter()
    assert not found.is_reply(
        observation(payload=b"loud", source_port=50_000, destination_port=7, transport=transport)
    )
    return found


@pytest.mark.parametrize(
    ("after", "expected"),
    [(0, True), (REPLY_NANOSECONDS - 1, True), (REPLY_NANOSECONDS, False), (-1, False)],
)
def test_a_reply_follows_its_probe_within_half_a_minute(after: int, expected: bool) -> None:
    found = reply_filter()

    seen = observation(payload=b"loud", at=NOON + after, **REPLY)
    assert found.is_reply(seen) is expected
    assert found.replies == int(expected)


def test_a_packet_without_payload_is_neither_a_probe_nor_a_reply() -> None:
    assert not reply_filter().is_reply(observation(payload=b"", **REPLY))

    found = ReplyFilter()
    found.is_reply(observation(payload=b"", source_port=50_000, destination_port=7))
    assert not found.is_reply(observation(payload=b"loud", **REPLY))


def test_a_reply_is_not_a_probe_to_which_the_scanner_replies() -> None:
    found = reply_filter()
    found.is_reply(observation(1, payload=b"loud", **REPLY))

    probe = {"source_port": 50_000, "destination_port": 7}
    assert not found.is_reply(observation(2, payload=b"loud", **probe))
    assert found.replies == 1


def test_the_flows_tracked_have_a_ceiling_and_the_oldest_is_evicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replies, "MAXIMUM_FLOWS", 2)
    found = ReplyFilter()
    for port in (1, 2, 3):
        found.is_reply(observation(payload=b"loud", source_port=port, destination_port=7))

    def replies_to(port: int) -> bool:
        return found.is_reply(observation(payload=b"loud", **{**REPLY, "destination_port": port}))

    assert (replies_to(2), replies_to(3)) == (True, True)
    assert len(found._probes) == 2
    assert not replies_to(1)
