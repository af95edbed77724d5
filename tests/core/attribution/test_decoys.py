"""A scan with decoys is one scan, whose scanner is named once it must have had answers."""

from ipaddress import ip_network

import pytest

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution import decoys
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from tests.building import NOON, SECOND, engine, observation, signature

MAC = "52:54:00:00:00:05"
FIRST, SCANNER, LAST = NAMES = ("10.0.0.50", "10.0.0.5", "10.0.0.51")


def probes(
    core: Engine, at: float, content_hash: int, *names: str, **changes: object
) -> list[Alert]:
    """Take in a probe as nmap sends it: once in every name, one right after the other."""
    said: list[Alert] = []
    for place, name in enumerate(names or NAMES):
        seen = {"payload": b"loud", "transport": Transport.UDP, "mac": MAC, **changes}
        said += core.observe(
            observation(at + place / 10_000, source=name, content_hash=content_hash, **seen)
        ).alerts
    return said


def request(core: Engine, at: float, source: str) -> list[Alert]:
    """Take in what needs a connection."""
    return probes(core, at, hash((at, source)), source, transport=Transport.TCP)


def test_a_scan_with_decoys_is_one_whatever_their_number() -> None:
    core = engine()
    names = [f"10.1.0.{number}" for number in range(128)]

    said = [alert for at in range(40) for alert in probes(core, at, 7 + at, *names)]
    said += core.tick(NOON + 100 * SECOND).alerts

    assert [alert.action for alert in said] == [
        Action.SCAN_OPENED, Action.SCAN_CONTINUES, Action.SCAN_CLOSED,
    ]  # fmt: skip
    assert len({alert.scan_id for alert in said}) == 1
    assert said[-1].sightings == 40 * 128
    assert (len(said[-1].decoys), said[-1].decoys_omitted) == (32, 95)


def test_the_decoys_are_said_as_soon_as_each_has_come_once() -> None:
    core = engine()
    first, second, third = (probes(core, at, 7 + at) for at in range(3))

    assert [alert.decoys for alert in first] == [()]
    assert [alert.decoys for alert in second] == [(SCANNER, LAST)]
    assert second[0].source == FIRST
    assert second[0].caveats == ("spoofable",)
    assert third == []


def test_one_that_must_have_had_answers_is_the_scanner_and_the_rest_are_decoys() -> None:
    core = engine()
    probes(core, 0, 7)
    (said,) = request(core, 1, SCANNER)
    (closed,) = core.drain().alerts

    for alert in (said, closed):
        assert alert.source == SCANNER
        assert set(alert.decoys) == {FIRST, LAST}
        assert alert.caveats == ()


def test_one_of_whom_only_usual_words_are_heard_stays_a_decoy() -> None:
    core = engine(signature("loud"), signature("usual", Confidence.WEAK))
    probes(core, 0, 7)
    probes(core, 1, 8, LAST, transport=Transport.TCP, payload=b"usual")

    (closed,) = core.drain().alerts
    assert (closed.source, closed.caveats) == (FIRST, ("spoofable",))


def test_where_two_of_them_had_answers_one_is_forged_and_nobody_knows_which() -> None:
    core = engine()
    probes(core, 0, 7)
    request(core, 1, SCANNER)
    request(core, 2, LAST)
    request(core, 3, SCANNER)

    (closed,) = core.drain().alerts
    assert closed.caveats == ("spoofable",)
    assert set(NAMES) == {closed.source, *closed.decoys}


def test_a_decoy_comes_from_where_the_scanner_is_within_a_second_with_the_same_packet() -> None:
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


def test_who_was_silent_for_a_window_is_a_decoy_no_longer() -> None:
    core = engine()
    probes(core, 0, 7)
    core.tick(NOON + 31 * SECOND)

    (alert,) = request(core, 31, SCANNER)
    assert (alert.source, alert.decoys) == (SCANNER, ())


def test_nobody_hides_behind_an_authorised_scanner() -> None:
    core = engine(authorised=(Authorisation("audit", (ip_network(FIRST),)),))

    said = probes(core, 0, 7) + probes(core, 1, 8)
    alerts = [alert for alert in said if not alert.expected]

    assert [alert.source for alert in alerts] == [SCANNER, SCANNER]
    assert alerts[-1].decoys == (LAST,)


def test_what_is_remembered_has_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoys, "MAXIMUM_TRACKED", 2)
    seen = decoys.Decoys()
    names = [
        seen.canonical_source(observation(source=f"10.0.0.{n}", content_hash=n), SECOND)
        for n in (1, 2, 3)
    ]

    assert names == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert (
        seen.canonical_source(observation(source="10.0.0.9", content_hash=1), SECOND) == "10.0.0.9"
    )
    assert (
        seen.canonical_source(observation(source="10.0.0.9", content_hash=3), SECOND) == "10.0.0.3"
    )
