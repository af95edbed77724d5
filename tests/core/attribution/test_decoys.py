"""A scan with decoys is one scan; its scanner is named once a handshake is implied."""

from ipaddress import ip_network

import pytest

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution import decoys
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.attribution.decoys import DECOY_BURST_NANOSECONDS
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.rule import Confidence
from tests.building import NOON, SECOND, engine, observation, signature

MAC = "52:54:00:00:00:05"
FIRST, SCANNER, LAST = NAMES = ("10.0.0.50", "10.0.0.5", "10.0.0.51")


def probes(
    core: Engine, at: float, content_hash: int, *names: str, **changes: object
) -> list[Alert]:
    """Observe a probe as nmap sends it: once from every address, in one burst."""
    alerts: list[Alert] = []
    for place, name in enumerate(names or NAMES):
        seen = {"payload": b"loud", "transport": Transport.UDP, "mac": MAC, **changes}
        alerts += core.observe(
            observation(at + place / 10_000, source=name, content_hash=content_hash, **seen)
        ).alerts
    return alerts


def request(core: Engine, at: float, source: str) -> list[Alert]:
    """Observe a request that implies a handshake."""
    return probes(core, at, hash((at, source)), source, transport=Transport.TCP)


def test_a_scan_with_decoys_is_one_whatever_their_number() -> None:
    core = engine()
    names = [f"10.1.0.{number}" for number in range(128)]

    alerts = [alert for at in range(40) for alert in probes(core, at, 7 + at, *names)]
    alerts += core.tick(NOON + 100 * SECOND).alerts

    assert [alert.action for alert in alerts] == [
        Action.SCAN_OPENED, Action.SCAN_CONTINUES, Action.SCAN_CLOSED,
    ]  # fmt: skip
    assert len({alert.scan_id for alert in alerts}) == 1
    assert alerts[-1].sightings == 40 * 128
    assert (len(alerts[-1].decoys), alerts[-1].decoys_omitted) == (32, 95)


def test_the_decoys_are_reported_as_soon_as_each_has_sent_once() -> None:
    core = engine()
    first, second, third = (probes(core, at, 7 + at, FIRST, SCANNER) for at in range(3))

    assert [alert.decoys for alert in first] == [()]
    assert [alert.decoys for alert in second] == [(SCANNER,)]
    assert second[0].source == FIRST
    assert second[0].caveats == ("spoofable",)
    assert third == []


def test_the_address_with_a_handshake_is_the_scanner_and_the_rest_are_decoys() -> None:
    core = engine()
    probes(core, 0, 7)
    (alerts,) = request(core, 1, SCANNER)
    (closed,) = core.drain().alerts

    for alert in (alerts, closed):
        assert alert.source == SCANNER
        assert set(alert.decoys) == {FIRST, LAST}
        assert alert.caveats == ()


def test_an_address_with_only_weak_sightings_stays_a_decoy() -> None:
    core = engine(signature("loud"), signature("usual", Confidence.WEAK))
    probes(core, 0, 7)
    probes(core, 1, 8, LAST, transport=Transport.TCP, payload=b"usual")

    (closed,) = core.drain().alerts
    assert (closed.source, closed.caveats) == (FIRST, ("spoofable",))


def test_if_two_of_them_had_a_handshake_one_is_spoofed_and_it_is_unknown_which() -> None:
    core = engine()
    probes(core, 0, 7)
    request(core, 1, SCANNER)
    request(core, 2, LAST)
    request(core, 3, SCANNER)

    (closed,) = core.drain().alerts
    assert closed.caveats == ("spoofable",)
    assert set(NAMES) == {closed.source, *closed.decoys}


def test_a_decoy_has_the_scanner_s_mac_address_and_sends_the_same_packet_within_a_second() -> None:
    def after_the_first(at: float, content_hash: int, mac: str = MAC) -> list[Alert]:
        core = engine()
        probes(core, 0, 7, FIRST)
        return probes(core, at, content_hash, SCANNER, mac=mac)

    assert after_the_first(0.5, 7) == []
    assert after_the_first(1.5, 7)
    assert after_the_first(0.5, 8)
    assert after_the_first(0.5, 7, mac="52:54:00:00:00:06")


def test_packets_that_cannot_be_compared_make_no_decoys() -> None:
    assert len(probes(engine(), 0, 0)) == len(NAMES)


def test_an_address_that_was_idle_for_a_window_is_not_a_decoy_any_more() -> None:
    core = engine()
    probes(core, 0, 7)
    core.tick(NOON + 31 * SECOND)

    (alert,) = request(core, 31, SCANNER)
    assert (alert.source, alert.decoys) == (SCANNER, ())


def test_a_packet_that_others_than_nmap_send_groups_nobody() -> None:
    core = engine(signature("loud"), signature("usual", Confidence.WEAK))
    probes(core, 0, 7, FIRST, payload=b"usual")
    probes(core, 0.1, 7, SCANNER, payload=b"usual")

    (alert,) = probes(core, 0.2, 8, SCANNER)
    assert (alert.source, alert.decoys) == (SCANNER, ())


def test_an_address_that_is_grouped_stays_so_with_weak_evidence() -> None:
    found = decoys.Decoys()
    found.canonical_source(packet(FIRST), SECOND)
    found.canonical_source(packet(SCANNER), SECOND)

    assert found.canonical_source(packet(SCANNER, content_hash=9), SECOND, only_weak=True) == FIRST


def test_an_authorised_scanner_as_a_decoy_covers_no_scan() -> None:
    core = engine(authorised=(Authorisation("audit", (ip_network(FIRST),)),))

    unexpected = [a for a in probes(core, 0, 7) + probes(core, 1, 8) if not a.expected]

    assert [alert.source for alert in unexpected] == [SCANNER, SCANNER]
    assert unexpected[-1].decoys == (LAST,)


def test_the_packets_tracked_have_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoys, "MAXIMUM_TRACKED", 2)
    found = decoys.Decoys()
    names = [
        found.canonical_source(observation(source=f"10.0.0.{n}", content_hash=n), SECOND)
        for n in (1, 2, 3)
    ]

    assert names == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert (
        found.canonical_source(observation(source="10.0.0.9", content_hash=1), SECOND) == "10.0.0.9"
    )
    assert (
        found.canonical_source(observation(source="10.0.0.9", content_hash=3), SECOND) == "10.0.0.3"
    )


def packet(source: str, at: int = NOON, content_hash: int = 7, mac: str = MAC) -> Observation:
    return observation(at=at, source=source, content_hash=content_hash, mac=mac)


def test_the_burst_of_one_packet_lasts_a_second_in_either_order() -> None:
    def canonical_after(nanoseconds: int) -> str:
        found = decoys.Decoys()
        found.canonical_source(packet(FIRST), SECOND)
        return found.canonical_source(packet(SCANNER, NOON + nanoseconds), SECOND)

    assert canonical_after(DECOY_BURST_NANOSECONDS) == FIRST
    assert canonical_after(-DECOY_BURST_NANOSECONDS) == FIRST
    assert canonical_after(DECOY_BURST_NANOSECONDS + 1) == SCANNER
    assert canonical_after(-DECOY_BURST_NANOSECONDS - 1) == SCANNER


def test_a_decoy_stays_one_for_the_span_from_its_latest_packet() -> None:
    span = 30 * SECOND

    def canonical_after(*gaps: int) -> str:
        found, at = decoys.Decoys(), NOON
        found.canonical_source(packet(FIRST, at), span)
        canonical = found.canonical_source(packet(SCANNER, at), span)
        for number, gap in enumerate(gaps):
            at += gap
            canonical = found.canonical_source(packet(SCANNER, at, content_hash=100 + number), span)
        return canonical

    assert canonical_after(span) == FIRST
    assert canonical_after(span, span) == FIRST
    assert canonical_after(span + 1) == SCANNER


def test_a_decoy_s_other_packets_are_grouped_with_those_of_the_first() -> None:
    found = decoys.Decoys()
    found.canonical_source(packet(FIRST), SECOND)
    found.canonical_source(packet(SCANNER), SECOND)
    found.canonical_source(packet(SCANNER, content_hash=8), SECOND)

    assert found.canonical_source(packet(LAST, content_hash=8), SECOND) == FIRST


def test_a_single_source_stands_for_itself_and_is_not_tracked() -> None:
    found = decoys.Decoys()

    assert found.canonical_source(packet(SCANNER), SECOND) == SCANNER
    assert not found._addresses


def test_the_addresses_tracked_have_a_ceiling_and_the_least_recent_is_evicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoys, "MAXIMUM_TRACKED", 2)
    found = decoys.Decoys()
    found.canonical_source(packet("10.0.0.1"), SECOND)
    for source in ("10.0.0.2", "10.0.0.3", "10.0.0.2", "10.0.0.4"):
        found.canonical_source(packet(source), SECOND)

    assert list(found._addresses) == ["10.0.0.2", "10.0.0.4"]
    assert len(found._packets) == 1
    assert found.evicted == 1


def test_only_what_could_still_group_another_counts_as_evicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoys, "MAXIMUM_TRACKED", 1)
    for gap, evicted in ((DECOY_BURST_NANOSECONDS, 1), (DECOY_BURST_NANOSECONDS + 1, 0)):
        found = decoys.Decoys()
        found.canonical_source(packet(FIRST, content_hash=1), SECOND)
        found.canonical_source(packet(FIRST, NOON + gap, content_hash=2), SECOND)

        assert found.evicted == evicted
