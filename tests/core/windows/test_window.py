"""A window records what it is shown, within its bounds, and reports it."""

from dataclasses import replace

import pytest

from nmapwatchd.core.alert import Action, Alert, EvidenceItem
from nmapwatchd.core.explanation import Activity, Explanation
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import FEW_PACKETS, MANY_HOSTS, Level
from nmapwatchd.core.sighting import Evidence, Sighting
from nmapwatchd.core.windows import window as module
from nmapwatchd.core.windows.evidence import MAXIMUM_DESTINATIONS
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.core.windows.window import (
    KEYS,
    MAXIMUM_CORRECTIONS,
    MAXIMUM_EVIDENCE,
    MAXIMUM_EVIDENCE_VALUE,
    MAXIMUM_LISTED,
    MAXIMUM_TRACKED,
    PROMPTLY_EXPLAINED,
    Window,
)
from tests.building import NOON, SECOND, observation, signature


def new_window(source: str = "10.0.0.5", expected: str = "") -> Window:
    return Window(WindowRecord(("source",), (source, expected), expected, source, NOON, NOON))


def sighting(
    name: str = "loud",
    confidence: Confidence = Confidence.EXCLUSIVE,
    evidence: Evidence = (("payload", "loud"),),
    at: float = 0,
    **changes: object,
) -> Sighting:
    return Sighting(signature(name, confidence).rule, observation(at, **changes), evidence)


def reported(window: Window, action: Action = Action.SCAN_OPENED, closed_by: str = "") -> Alert:
    return window.to_alert(action, NOON + 9 * SECOND, closed_by)


def test_a_sighting_is_recorded_with_all_that_an_alert_names() -> None:
    window = new_window()
    window.add(sighting(mac="52:54:00:00:00:05", vlans=("12", "7"), destination_port=443))

    alert = reported(window)

    assert (alert.source, alert.targets, alert.ports) == ("10.0.0.5", ("10.0.0.8",), (443,))
    assert (alert.transports, alert.source_ports) == (("tcp",), (40_000,))
    assert (alert.macs, alert.vlans) == (("52:54:00:00:00:05",), ("12", "7"))
    assert alert.interfaces == ("eth0",)
    assert (alert.start, alert.end, alert.at) == (NOON, NOON, NOON + 9 * SECOND)
    assert (alert.tool, alert.techniques) == ("nmap", ("T1046",))
    assert alert.explanation.options == ("--script loud",)
    assert (alert.sightings, alert.packets, alert.sequence) == (1, 1, 1)
    assert alert.evidence == (EvidenceItem("test.loud", "payload", "loud"),)
    assert (alert.scan_id, alert.identity) == (window.record.scan_id, "source=10.0.0.5")


def test_what_a_packet_does_not_have_is_not_recorded() -> None:
    window = new_window()
    window.add(sighting(mac="", source_port=0, transport=Transport.ICMP))

    alert = reported(window)
    assert (alert.macs, alert.vlans, alert.source_ports) == ((), (), ())
    assert alert.transports == ("icmp",)


def test_distinct_values_are_listed_once_in_order_of_appearance() -> None:
    window = new_window()
    for port, transport in ((9, Transport.UDP), (7, Transport.TCP), (9, Transport.UDP)):
        window.add(sighting(destination_port=port, source_port=port, transport=transport))

    alert = reported(window)
    assert (alert.ports, alert.source_ports) == ((9, 7), (9, 7))
    assert alert.transports == ("udp", "tcp")


def test_the_last_sighting_is_the_latest_whatever_the_order_of_arrival() -> None:
    window = new_window()
    for at in (1, 5, 3):
        window.add(sighting(at=at))

    assert window.record.last == NOON + 5 * SECOND


# Evidence.


def test_a_rule_has_the_evidence_of_its_first_sighting() -> None:
    window = new_window()
    window.add(sighting(evidence=(("a", "1"), ("b", "2"))))
    window.add(sighting(evidence=(("a", "3"),)))

    assert reported(window).evidence == (EvidenceItem("test.loud", "a", "1"),)


def test_a_rule_without_evidence_has_no_item() -> None:
    window = new_window()
    window.add(sighting(evidence=()))

    assert reported(window).evidence == ()


def test_evidence_is_bounded_in_number_and_length() -> None:
    window = new_window()
    for number in range(MAXIMUM_EVIDENCE + 1):
        window.add(sighting(f"r{number}", evidence=(("f", "x" * (MAXIMUM_EVIDENCE_VALUE + 1)),)))

    evidence = reported(window).evidence
    assert [item.rule for item in evidence] == [f"test.r{n}" for n in range(MAXIMUM_EVIDENCE)]
    assert {item.value for item in evidence} == {"x" * MAXIMUM_EVIDENCE_VALUE}


def test_rules_and_their_evidence_come_with_the_most_certain_first() -> None:
    window = new_window()
    for confidence in (Confidence.WEAK, Confidence.STRONG, Confidence.EXCLUSIVE):
        window.add(sighting(confidence.value, confidence))
    window.add(sighting("weak", Confidence.WEAK))

    alert = reported(window)
    assert [(rule.id, rule.count) for rule in alert.rules] == [
        ("test.exclusive", 1), ("test.strong", 1), ("test.weak", 2),
    ]  # fmt: skip
    assert [item.rule for item in alert.evidence] == [rule.id for rule in alert.rules]
    assert set(alert.explanation.options) == {
        "--script exclusive", "--script strong", "--script weak",
    }  # fmt: skip
    assert alert.confidence is Confidence.EXCLUSIVE
    assert [rule.reference for rule in alert.rules][:1] == ["scripts/exclusive.nse"]


AGENT = "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (("user_agent", AGENT), ("uri", "/nice%20ports%2C/Tri%6Eity.txt%2ebak")),
        (("native_os", "Nmap"), ("uri", "/nice%20ports%2C/Tri%6Eity.txt%2ebak")),
        (("uri", "/HNAP1"), ("flags", "2")),
        (("payload", "GET / HTTP/1.0\r\n\r\n"), ("payload", "\x16\x03\x00random1random2")),
        (("payload", "\x16\x03\x00random1random2"), ("sequence", "4055866889")),
        (("version", "SSH-2.0-libssh2"), ("options", "\x02\x04\x05x\x03\x03\x00\xfe\xff\xe4")),
        (("flags", "2"), ("transport", "tcp")),
        (("payload", "\x00\x14\x00"), ("destination_port", "3283")),
    ],
)
def test_the_more_telling_of_two_values_is_the_evidence_whatever_their_order(
    more: tuple[str, str], less: tuple[str, str]
) -> None:
    for pair in ((more, less), (less, more)):
        one, rules = new_window(), new_window()
        one.add(sighting(evidence=pair))
        for name, item in zip(("first", "second"), pair, strict=True):
            rules.add(sighting(name, evidence=(item,)))

        assert reported(one).evidence == (EvidenceItem("test.loud", *more),)
        assert [(item.field, item.value) for item in reported(rules).evidence] == [more, less]


def test_the_evidence_of_a_more_certain_rule_comes_first_whatever_it_tells() -> None:
    window = new_window()
    window.add(sighting("script", Confidence.STRONG, (("user_agent", AGENT),)))
    window.add(sighting("raw", Confidence.EXCLUSIVE, (("flags", "2"),)))

    assert [item.field for item in reported(window).evidence] == ["flags", "user_agent"]


def test_what_tells_most_is_kept_however_late_it_comes() -> None:
    window = new_window()
    for number in range(MAXIMUM_EVIDENCE):
        window.add(sighting(f"r{number}", evidence=(("flags", str(number)),)))
    window.add(sighting("script", evidence=(("user_agent", AGENT),)))

    evidence = reported(window).evidence
    assert evidence[0] == EvidenceItem("test.script", "user_agent", AGENT)
    assert [item.value for item in evidence[1:]] == [str(n) for n in range(MAXIMUM_EVIDENCE - 1)]


def test_a_rule_is_as_certain_as_its_most_certain_sighting() -> None:
    window = new_window()
    for confidence in (Confidence.WEAK, Confidence.STRONG, Confidence.WEAK):
        window.add(sighting(confidence=confidence))

    (rule,) = reported(window).rules
    assert (rule.confidence, rule.count) == (Confidence.STRONG, 3)


# Bounds.


@pytest.mark.parametrize("beyond", [-1, 0, 1, 7])
def test_what_an_alert_lists_is_bounded_and_the_rest_is_counted(beyond: int) -> None:
    window = new_window()
    number = MAXIMUM_LISTED + beyond
    for n in range(1, number + 1):
        window.add(
            sighting(destination=f"10.1.0.{n}", destination_port=n, source_port=n, mac=str(n),
                     vlans=(str(n),))
        )  # fmt: skip
        window.add_decoy(f"10.2.0.{n}")

    alert = reported(window)

    listed, omitted = min(number, MAXIMUM_LISTED), max(0, beyond)
    for values in (alert.targets, alert.ports, alert.source_ports, alert.decoys, alert.macs):
        assert len(values) == listed
    assert len(alert.vlans) == listed
    assert (alert.targets_omitted, alert.ports_omitted) == (omitted, omitted)
    assert (alert.source_ports_omitted, alert.decoys_omitted) == (omitted, omitted)
    assert (alert.targets[0], alert.ports[0], alert.decoys[0]) == ("10.1.0.1", 1, "10.2.0.1")


def test_a_window_stores_no_more_than_its_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_TRACKED", 3)
    window = new_window()
    for n in range(1, 6):
        window.add(
            sighting(destination=f"10.1.0.{n}", destination_port=n, source_port=n, mac=str(n),
                     vlans=(str(n),), interface=f"eth{n}")
        )  # fmt: skip
        window.add_decoy(f"10.2.0.{n}")

    record = window.record
    for stored in (record.targets, record.ports, record.source_ports, record.decoys, record.macs,
                   record.vlans, record.interfaces):  # fmt: skip
        assert len(stored) == 3
    assert record.sightings == 5


def test_an_alert_that_is_full_counts_every_value_stored() -> None:
    window = new_window()
    for n in range(MAXIMUM_TRACKED + 1):
        window.add(sighting(destination_port=n))

    assert reported(window).ports_omitted == MAXIMUM_TRACKED - MAXIMUM_LISTED


def test_an_alert_has_all_targets_until_the_window_tracks_no_more() -> None:
    window = new_window()
    for n in range(MAXIMUM_TRACKED - 1):
        window.add(sighting(destination=f"10.1.{n // 256}.{n % 256}"))
    assert not reported(window).targets_truncated

    window.add(sighting(destination="10.2.0.1"))

    assert reported(window).targets_truncated


# The score.


SCORES = {Confidence.EXCLUSIVE: 100, Confidence.STRONG: 90, Confidence.WEAK: 10}


def test_an_observation_adds_the_scores_of_its_rules_by_confidence() -> None:
    window = new_window()
    window.add_score([sighting("a", Confidence.WEAK), sighting("b", Confidence.STRONG)], SCORES)
    assert window.record.score == 90

    window.add_score([sighting("c", Confidence.WEAK)], SCORES)
    assert window.record.score == 100


def test_evidence_of_too_many_destinations_is_evicted_and_counted() -> None:
    window = new_window()
    evicted = [
        window.add_score([sighting(destination=f"10.{n >> 8}.{n & 255}.1")], SCORES)
        for n in range(MAXIMUM_DESTINATIONS + 1)
    ]

    assert evicted == [0] * MAXIMUM_DESTINATIONS + [1]


# What was reported.


def test_an_alert_reports_everything_known() -> None:
    window = new_window()
    window.add(sighting())
    assert not window.is_fully_reported
    assert window.has_news

    reported(window)

    assert window.is_fully_reported
    assert not window.has_news
    assert window.record.last_alert_at == NOON + 9 * SECOND
    assert (window.record.alert_count, window.record.reported) == (1, (1, 1, 0))


@pytest.mark.parametrize(
    ("changes", "is_news"),
    [
        ({}, False),
        ({"destination": "10.0.0.9"}, True),
        ({"name": "other"}, True),
        ({"destination_port": 81}, False),
        ({"interface": "eth1"}, False),
    ],
)
def test_rules_and_targets_are_news_and_repetitions_are_not(
    changes: dict[str, object], is_news: bool
) -> None:
    window = new_window()
    window.add(sighting())
    reported(window)

    window.add(sighting(**changes))  # type: ignore[arg-type]

    assert window.has_news is is_news
    assert not window.is_fully_reported


def test_decoys_are_news_until_an_alert_has_named_some() -> None:
    window = new_window()
    window.add(sighting())
    reported(window)
    assert not window.has_unreported_decoys

    window.add_decoy("10.0.0.66")
    assert window.has_unreported_decoys
    assert window.has_news

    reported(window)
    window.add_decoy("10.0.0.67")
    assert not window.has_unreported_decoys
    assert window.has_news


def test_an_alert_is_unchanged_if_no_sighting_followed_the_alert_before() -> None:
    window = new_window()
    window.add(sighting())
    assert not reported(window).is_unchanged
    assert reported(window, Action.SCAN_CLOSED, "idle").is_unchanged

    window.add(sighting())
    assert not reported(window).is_unchanged


def test_the_alerts_of_a_scan_are_numbered_from_one_also_after_a_restart() -> None:
    window = new_window()
    window.add(sighting())
    numbers = [reported(window).sequence, reported(window).sequence]
    numbers.append(reported(Window(window.record.copy())).sequence)

    assert numbers == [1, 2, 3]


def test_the_mac_address_is_the_scanner_s_once_a_packet_was_sent_on_the_link() -> None:
    window = new_window()
    window.add(sighting())
    assert not reported(window).on_link

    window.add(sighting()._replace(on_link=True))
    window.add(sighting())
    assert reported(window).on_link


def test_an_alert_counts_what_the_alert_before_did_not_have() -> None:
    window = new_window()
    window.add(sighting())
    first = reported(window)
    window.add(sighting("other"), sighting("third"))
    window.add(sighting(destination="10.0.0.9"))
    window.add_decoy("10.0.0.6")
    second, third = reported(window), reported(window)

    assert (first.new_rules, first.new_targets, first.new_decoys) == (1, 1, 0)
    assert (second.new_rules, second.new_targets, second.new_decoys) == (2, 1, 1)
    assert (third.new_rules, third.new_targets, third.new_decoys) == (0, 0, 0)


def test_ports_are_truncated_as_targets_are() -> None:
    window = new_window()
    for n in range(MAXIMUM_TRACKED - 1):
        window.add(sighting(destination_port=n + 1))
    assert not reported(window).ports_truncated

    window.add(sighting(destination_port=MAXIMUM_TRACKED))

    assert reported(window).ports_truncated


def test_a_window_is_closed_by_an_alert_with_a_reason() -> None:
    window = new_window()
    window.add(sighting())

    closed = reported(window, Action.SCAN_CLOSED, "idle")
    assert (closed.action, closed.closed_by) == (Action.SCAN_CLOSED, "idle")
    assert window.record.closed

    continues = reported(window, Action.SCAN_CONTINUES)
    assert continues.closed_by == ""
    assert not window.record.closed


def test_an_authorised_scan_is_expected_whatever_happens_to_it() -> None:
    window = new_window(expected="audit")
    window.add(sighting())

    for action in (Action.SCAN_OPENED, Action.SCAN_CONTINUES, Action.SCAN_CLOSED):
        alert = reported(window, action)
        assert (alert.action, alert.expected) == (Action.SCAN_EXPECTED, "audit")


# Severity. Without a payload nothing proves the source; with one, to a port for commands, it does.


def proof(name: str = "loud", **changes: object) -> Sighting:
    """Return a sighting that proves its source."""
    return sighting(name, payload=b"loud", destination_port=22, **changes)  # type: ignore[arg-type]


@pytest.fixture
def activity(monkeypatch: pytest.MonkeyPatch) -> list[Activity]:
    """What scans do: the last item; it grows by each explanation."""
    found = [Activity.DISCOVERY]

    def explain(*_arguments: object) -> Explanation:
        found.append(found[-1])
        return Explanation((), activity=found[-1])

    monkeypatch.setattr(module, "explain", explain)
    return found


def grown(window: Window, rules: int) -> None:
    """Have a window record further rules, up to a number of them."""
    for number in range(len(window.record.rules), rules):
        window.add(proof(f"r{number}"))


def test_a_raised_level_needs_an_alert_at_once_and_once(activity: list[Activity]) -> None:
    window = new_window()
    grown(window, 1)
    assert (reported(window).level, window.needs_correction) == (Level.ONE_HOST, False)

    activity.append(Activity.SERVICES)
    grown(window, 2)
    assert window.needs_correction
    raised = reported(window)
    assert (raised.level, raised.is_raised) == (Level.SERVICES, True)

    grown(window, 20)
    assert not window.needs_correction
    assert not reported(window).is_raised


def test_a_level_that_falls_and_is_reached_again_is_not_raised(activity: list[Activity]) -> None:
    window = new_window()
    activity.append(Activity.SERVICES)
    grown(window, 1)
    assert reported(window).level is Level.SERVICES

    activity.append(Activity.DISCOVERY)
    grown(window, 2)
    assert not window.needs_correction
    lower = reported(window)
    assert (lower.level, lower.is_raised) == (Level.ONE_HOST, False)

    activity.append(Activity.SERVICES)
    grown(window, 3)
    assert not window.needs_correction
    assert not reported(window).is_raised


def test_the_packets_that_make_a_scan_more_than_a_few_raise_it(activity: list[Activity]) -> None:
    window = new_window()
    window.add(sighting())
    assert reported(window).level is Level.FEW_PACKETS

    for _ in range(FEW_PACKETS - 1):
        window.add(sighting())
        assert not window.needs_correction
    window.add(sighting())
    assert window.needs_correction
    assert (reported(window).level, reported(window).is_raised) == (Level.UNPROVEN, False)


def test_the_last_of_many_hosts_raises_a_scan_once(activity: list[Activity]) -> None:
    window = new_window()
    raised = []
    for number in range(3 * MANY_HOSTS):
        window.add(proof(destination=f"10.1.0.{number}"))
        if not number or window.needs_correction:
            raised.append((len(window.record.targets), reported(window).level))

    assert raised == [(1, Level.ONE_HOST), (MANY_HOSTS, Level.MANY_HOSTS)]


def test_a_repeated_sighting_is_not_explained_again(activity: list[Activity]) -> None:
    window = new_window()
    grown(window, 1)
    reported(window)
    activity.clear()
    activity.append(Activity.DISCOVERY)

    for _ in range(100):
        window.add(proof("r0"))
        assert not window.needs_correction

    assert len(activity) == 3  # the first time, and when the packets were more than a few


def test_an_alert_explains_its_sightings_once(activity: list[Activity]) -> None:
    window = new_window()
    grown(window, 1)
    reported(window)
    assert len(activity) == 2

    grown(window, 2)
    assert not window.needs_correction
    reported(window)
    reported(window)
    assert len(activity) == 3


def test_a_scan_that_cannot_become_more_severe_is_not_explained(activity: list[Activity]) -> None:
    spoofable, intrusive = new_window(), new_window()
    activity.append(Activity.OS_DETECTION)
    spoofable.add(sighting())
    reported(spoofable)
    activity.append(Activity.INTRUSIVE)
    grown(intrusive, 1)
    reported(intrusive)
    activity.clear()

    spoofable.add(sighting("other"))
    grown(intrusive, 20)

    assert not spoofable.needs_correction
    assert not intrusive.needs_correction
    assert activity == []


def test_a_scan_of_many_rules_is_explained_when_a_quarter_was_added(
    activity: list[Activity],
) -> None:
    window = new_window()
    grown(window, 1)
    reported(window)
    for number in range(2, 1001):
        grown(window, number)
        assert not window.needs_correction

    assert PROMPTLY_EXPLAINED < len(activity) < PROMPTLY_EXPLAINED + 20

    activity.append(Activity.INTRUSIVE)
    assert reported(window).level is Level.INTRUSIVE


# The source.


def test_a_handshake_of_a_decoy_makes_it_the_source() -> None:
    window = new_window()
    window.add_decoy("10.0.0.66")

    window.add(sighting(source="10.0.0.66", payload=b"loud", destination_port=22))

    assert window.record.source == "10.0.0.66"
    assert list(window.record.decoys) == ["10.0.0.5"]
    assert window.caveats == ()


def test_a_handshake_of_the_source_and_of_a_decoy_is_a_conflict() -> None:
    window = new_window()
    window.add_decoy("10.0.0.66")
    window.add(sighting(payload=b"loud", destination_port=22))

    window.add(sighting(source="10.0.0.66", payload=b"loud", destination_port=22))

    assert (window.record.source, list(window.record.decoys)) == ("10.0.0.5", ["10.0.0.66"])
    assert window.caveats == ("spoofable",)


def test_a_handshake_of_an_address_that_is_not_listed_makes_it_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_TRACKED", 2)
    window = new_window()
    for number in range(3):
        window.add_decoy(f"10.0.0.{60 + number}")

    window.add(sighting(source="10.0.0.62", payload=b"loud", destination_port=443))

    assert window.record.source == "10.0.0.62"
    assert list(window.record.decoys) == ["10.0.0.5", "10.0.0.60"]
    assert window.caveats == ()


def test_the_addresses_that_may_be_the_scanner_are_listed_first() -> None:
    window = new_window()
    for number in range(40):
        window.add_decoy(f"10.0.1.{number}")
    window.add(sighting(source="10.0.1.39", payload=b"loud"))
    assert reported(window).decoys[0] == "10.0.0.5"

    window.add(sighting(source="10.0.1.38", payload=b"loud"))
    assert (window.record.source, reported(window).decoys[0]) == ("10.0.1.39", "10.0.1.38")
    assert len(window.record.decoys) == 40


def test_any_data_over_tcp_implies_a_handshake_that_only_more_than_weak_evidence_confirms() -> None:
    window = new_window()
    window.add(sighting(confidence=Confidence.WEAK, payload=b""))
    assert not window.has_handshake

    window.add(sighting(confidence=Confidence.WEAK, payload=b"loud"))
    assert window.has_handshake
    assert not window.record.source_confirmed


def test_the_verdict_is_who_the_scanner_is_and_how_certain_that_is() -> None:
    window = new_window()
    window.add(sighting(confidence=Confidence.WEAK))
    assert list(window.verdict) == ["10.0.0.5", "spoofable", "weak"]

    window.add(sighting("strong", Confidence.STRONG))
    assert list(window.verdict) == ["10.0.0.5", "spoofable"]

    window.add_decoy("10.0.0.66")
    window.add(sighting(source="10.0.0.66", payload=b"loud"))
    assert list(window.verdict) == ["10.0.0.66"]


def test_a_verdict_needs_a_correction_once_another_was_reported() -> None:
    window = new_window()
    window.add(sighting())
    reported(window)
    assert not window.needs_correction
    assert window.record.corrections == 0

    window.add(sighting(payload=b"loud"))
    assert window.needs_correction
    reported(window)
    assert not window.needs_correction
    assert window.record.corrections == 1


def test_the_corrections_of_a_window_have_a_ceiling() -> None:
    window = new_window()
    window.add(sighting())
    for _ in range(2 * MAXIMUM_CORRECTIONS):
        window.record.reported_verdict, window.judged = ("another",), None
        if window.needs_correction:
            window.record.alert_count = 1
            reported(window)

    assert window.record.corrections == MAXIMUM_CORRECTIONS


def test_an_address_has_joined_until_an_alert_has_counted_it() -> None:
    window = new_window()
    window.add(sighting())
    assert not window.has_joined
    window.add_decoy("10.0.0.66")
    assert window.has_joined
    reported(window)
    assert not window.has_joined


def test_a_source_that_is_found_to_be_another_is_near_no_authorisation_of_the_first() -> None:
    window = new_window()
    window.record.near_authorisation, window.record.not_covered_because = "audit", "a reason"
    window.add(sighting(source="10.0.0.9", payload=b"loud"))

    alert = reported(window)

    assert (alert.source, alert.near_authorisation) == ("10.0.0.9", "")
    assert alert.not_covered_because == ""


def test_a_weak_rule_confirms_no_source() -> None:
    window = new_window()
    window.add(sighting(confidence=Confidence.WEAK, payload=b"loud", destination_port=22))
    assert reported(window).caveats == ("spoofable",)

    window.add(sighting("strong", Confidence.STRONG, payload=b"loud", destination_port=22))
    assert reported(window).caveats == ()


def test_a_forwarded_request_stays_a_caveat() -> None:
    window = new_window()
    window.add(sighting(payload=b"GET / HTTP/1.1\r\nVia: 1.1 proxy\r\n\r\n"))
    window.add(sighting(payload=b"GET / HTTP/1.1\r\n\r\n"))

    assert window.caveats == ("proxied",)


def test_a_scan_in_a_tunnel_has_a_caveat_until_it_is_seen_outside_of_one() -> None:
    window = new_window()
    tunnels = ("192.0.2.1>192.0.2.2", "192.0.2.3>192.0.2.4")
    window.add(sighting(payload=b"loud", destination_port=443, outer=tunnels))
    assert window.caveats == ("tunnelled",)

    window.add(sighting("usual", Confidence.WEAK, payload=b"loud"))
    assert reported(window).caveats == ("tunnelled",)

    window.add(sighting(payload=b"loud"))
    assert reported(window).caveats == ()
    assert reported(window).outer == tunnels


def test_an_alert_lists_few_tunnels() -> None:
    window = new_window()
    for number in range(MAXIMUM_LISTED + 1):
        window.add(sighting(payload=b"loud", outer=(f"192.0.2.{number}>198.51.100.1",)))

    assert len(reported(window).outer) == MAXIMUM_LISTED


def test_both_caveats_come_in_a_fixed_order() -> None:
    window = new_window()
    forwarded = b"GET / HTTP/1.1\r\nVia: 1.1 proxy\r\n\r\n"
    window.add(sighting(confidence=Confidence.WEAK, payload=forwarded))

    assert window.caveats == ("spoofable", "proxied")
    assert reported(window).caveats == ("spoofable", "proxied")


def sighting_of(shared: bool, confidence: Confidence = Confidence.STRONG) -> Sighting:
    rule = replace(signature(f"{confidence}-{shared}", confidence).rule, shared=shared)
    return Sighting(rule, observation(payload=b"loud", destination_port=22), ())


@pytest.mark.parametrize(
    ("sightings", "caveats"),
    [
        ([sighting_of(True)], ("shared_probes",)),
        ([sighting_of(True), sighting_of(False, Confidence.WEAK)], ("shared_probes",)),
        ([sighting_of(True), sighting_of(False, Confidence.EXCLUSIVE)], ()),
        ([sighting_of(True, Confidence.WEAK)], ("spoofable",)),
    ],
)
def test_probes_are_shared_if_no_other_rule_than_a_weak_one_was_sighted(
    sightings: list[Sighting], caveats: tuple[str, ...]
) -> None:
    window = new_window()
    for one in sightings:
        window.add(one)

    assert window.caveats == caveats


def test_content_may_be_relayed_until_something_else_is_sighted() -> None:
    window = new_window()
    caveats = []
    for name, confidence, port in (
        ("loud", Confidence.STRONG, 25),
        ("usual", Confidence.WEAK, 22),
        ("loud", Confidence.STRONG, 22),
    ):
        window.add(sighting(name, confidence, payload=b"loud", destination_port=port))
        caveats.append(window.caveats)

    assert caveats == [("relayable",), ("relayable",), ()]


def test_a_window_can_be_keyed_by_any_part_of_a_packet() -> None:
    seen = observation(mac="a:b", vlans=("12", "13"))

    assert {name: value_of(seen) for name, value_of in KEYS.items()} == {
        "source": "10.0.0.5",
        "destination": "10.0.0.8",
        "destination_port": "80",
        "interface": "eth0",
        "mac": "a:b",
        "vlan": "12,13",
    }
