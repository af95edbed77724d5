"""A host that replies to a probe, for example by echoing it, is not reported."""

import pytest

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution import replies
from nmapwatchd.core.attribution.caveats import FIRST_CLIENT_PORT
from nmapwatchd.core.attribution.replies import (
    MAXIMUM_BYTES,
    MAXIMUM_PAYLOADS,
    REPLIES_PER_PROBE,
    REPLY_NANOSECONDS,
    ReplyFilter,
)
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.sighting import Sighting
from tests.building import NOON, engine, observation, signature

PROBE: dict[str, object] = {"source_port": 50_000, "destination_port": 7}
REPLY: dict[str, object] = {
    "source": "10.0.0.8", "source_port": 7, "destination": "10.0.0.5", "destination_port": 50_000,
}  # fmt: skip


def probe(core: Engine, at: float, **changes: object) -> list[Alert]:
    return list(core.observe(observation(at, **{"payload": b"loud", **changes})).alerts)


def probed(transport: Transport = Transport.TCP) -> Engine:
    """Return an engine that has seen a probe to an echo service."""
    core = engine()
    probe(core, 0, **PROBE, transport=transport)
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


def is_reply(found: ReplyFilter, seen: Observation, *rules: str) -> bool:
    """Return whether nothing is left of the sightings in an observation."""
    sightings = [Sighting(signature(rule).rule, seen, ()) for rule in rules or ("loud",)]
    return not found.without_replies(sightings)


def reply_filter(payload: bytes = b"loud", **changes: object) -> ReplyFilter:
    """Return a filter that has seen a probe."""
    found = ReplyFilter()
    assert not is_reply(found, observation(payload=payload, **{**PROBE, **changes}))
    return found


@pytest.mark.parametrize(
    ("after", "expected"),
    [(0, True), (REPLY_NANOSECONDS - 1, True), (REPLY_NANOSECONDS, False), (-1, False)],
)
def test_a_reply_follows_its_probe_within_half_a_minute(after: int, expected: bool) -> None:
    found = reply_filter()

    assert is_reply(found, observation(payload=b"loud", at=NOON + after, **REPLY)) is expected
    assert found.replies == int(expected)


def test_a_packet_without_payload_is_neither_a_probe_nor_a_reply() -> None:
    assert not is_reply(reply_filter(), observation(payload=b"", **REPLY))

    found = ReplyFilter()
    is_reply(found, observation(payload=b"", **PROBE))
    assert not is_reply(found, observation(payload=b"loud", **REPLY))


def test_a_reply_is_not_a_probe_to_which_the_scanner_replies() -> None:
    found = reply_filter()
    is_reply(found, observation(1, payload=b"loud", **REPLY))

    assert not is_reply(found, observation(2, payload=b"loud", **PROBE))
    assert found.replies == 1


@pytest.mark.parametrize(
    ("sent", "returned", "expected"),
    [
        (b"loud and more", b"loud", True),
        (b"loud", b"an echo: loud", True),
        (b"loud 1", b"loud 2", False),
        (b"loud" * 600, b"loud" * 600, True),
        (b"loud" * 512 + b"sent", b"loud" * 512 + b"returned", True),
        (b"a" * MAXIMUM_BYTES, b"a" * (MAXIMUM_BYTES - 1) + b"b", False),
    ],
)
def test_a_reply_returns_a_probe_or_part_of_one(
    sent: bytes, returned: bytes, expected: bool
) -> None:
    assert is_reply(reply_filter(sent), observation(1, payload=returned, **REPLY)) is expected


def test_only_the_rules_sighted_in_a_probe_are_excused() -> None:
    found = reply_filter()
    seen = observation(1, payload=b"loud", **REPLY)

    left = found.without_replies(
        [Sighting(signature(rule).rule, seen, ()) for rule in ("loud", "other")]
    )

    assert [one.rule.id for one in left] == ["test.other"]
    assert found.replies == 1


def test_a_probe_excuses_a_few_replies() -> None:
    found = reply_filter()
    seen = [observation(n, payload=b"loud", **REPLY) for n in range(1, 2 * REPLIES_PER_PROBE + 2)]

    excused = [is_reply(found, one) for one in seen]

    assert excused == [n < REPLIES_PER_PROBE for n in range(len(seen))]


def test_each_of_several_probes_is_returned() -> None:
    payloads = [b"loud %d" % n for n in range(MAXIMUM_PAYLOADS + 1)]
    found = ReplyFilter()
    for payload in payloads:
        is_reply(found, observation(payload=payload, **PROBE))

    returned = [is_reply(found, observation(1, payload=one, **REPLY)) for one in payloads[::-1]]

    assert returned == [True] * MAXIMUM_PAYLOADS + [False]


def test_probes_of_half_a_minute_ago_excuse_nothing_after_another_one() -> None:
    found = reply_filter(b"loud 1")
    is_reply(found, observation(30, payload=b"loud 2", **PROBE))

    assert not is_reply(found, observation(31, payload=b"loud 1", **REPLY))
    assert is_reply(found, observation(31, payload=b"loud 2", **REPLY))


@pytest.mark.parametrize(
    ("server", "client", "expected"),
    [
        (7, FIRST_CLIENT_PORT, True),
        (7, 53, True),
        (FIRST_CLIENT_PORT, FIRST_CLIENT_PORT, True),
        (FIRST_CLIENT_PORT - 1, 53, True),
        (FIRST_CLIENT_PORT, FIRST_CLIENT_PORT - 1, False),
        (50_000, 80, False),
    ],
)
def test_what_goes_from_a_clients_port_to_a_servers_is_no_reply(
    server: int, client: int, expected: bool
) -> None:
    found = reply_filter(source_port=client, destination_port=server)
    ports = {"source_port": server, "destination_port": client}

    assert is_reply(found, observation(1, payload=b"loud", **{**REPLY, **ports})) is expected


def test_the_probes_tracked_have_a_ceiling_and_the_oldest_is_evicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replies, "MAXIMUM_PROBES", 2)
    found = ReplyFilter()
    for port in (1, 2, 3):
        is_reply(found, observation(port, payload=b"loud", source_port=port, destination_port=7))

    def replies_to(port: int) -> bool:
        seen = observation(3, payload=b"loud", **{**REPLY, "destination_port": port})
        return is_reply(found, seen)

    assert (replies_to(2), replies_to(3)) == (True, True)
    assert (len(found._probes), found.evictions) == (2, 1)
    assert not replies_to(1)
