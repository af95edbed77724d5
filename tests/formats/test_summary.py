"""A person reads who did what, where; a regular expression takes the address, if there is one."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Message, Rule, SensorEvent
from nmapwatchd.core.explanation import Explanation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.summary import MAXIMUM_SUMMARY, SCAN, UNCERTAIN, format_summary, summarise
from tests.formats.messages import (
    AT,
    BLIND,
    CLOSED,
    FLOOD,
    OPENED,
    OUTSIDE,
    SECOND,
    SENSOR,
    messages,
)
from tests.golden import goldens, replayed

ROOT = Path(__file__).parents[2]
CONTINUES = replace(
    CLOSED, action=Action.SCAN_CONTINUES, closed_by="", sequence=2, end=AT + 300 * SECOND,
    new_targets=2, new_rules=1,
)  # fmt: skip
# A scan of which only the header of its packets is known.
RAW = replace(
    OPENED,
    rules=(Rule("tcp.raw-syn", "Raw SYN scan: window 1024", "", Confidence.EXCLUSIVE, 1),),
    evidence=(EvidenceItem("tcp.raw-syn", "flags", "2"),),
    explanation=Explanation(("-sS",)),
)


def authorised(alert: Alert, name: str = "weekly audit") -> Alert:
    """Return the same alert about an authorised scanner."""
    return replace(alert, action=Action.SCAN_EXPECTED, expected=name)


def sentence_of(**changes: object) -> str:
    """Return the sentence of an opened scan with some changes, from its verb on."""
    return summarise(replace(RAW, **changes)).partition(" has begun an nmap scan")[2]  # type: ignore[arg-type]


# What every sentence is.


@given(messages)
def test_any_message_is_one_bounded_printable_line_of_ascii(message: Message) -> None:
    text = summarise(message)

    assert text.isascii()
    assert text.isprintable()
    assert 0 < len(text) <= MAXIMUM_SUMMARY


@given(messages)
def test_the_published_filter_matches_every_scan_and_no_authorised_one(message: Message) -> None:
    is_scan = isinstance(message, Alert) and not message.expected

    assert bool(re.match(SCAN, summarise(message))) is is_scan


def test_the_published_filter_takes_the_address_of_every_golden() -> None:
    alerts = [alert for some in replayed(goldens()).values() for alert in some]

    assert len(alerts) > 500
    for alert in alerts:
        found = re.match(SCAN, summarise(alert))
        assert found is not None
        assert found[1] == alert.source
        assert re.match(SCAN, summarise(authorised(alert))) is None


@pytest.mark.parametrize(
    ("caveats", "is_certain"),
    [
        ((), True),
        (("shared_probes", "incomplete"), True),
        (("spoofable",), False),
        (("tunnelled",), False),
        (("proxied",), False),
        (("relayable",), False),
    ],
)
def test_an_address_that_may_be_innocent_is_recognised_by_a_filter(
    caveats: tuple[str, ...], is_certain: bool
) -> None:
    evidence = (EvidenceItem("http.nse-user-agent", "uri", "10.0.0.9 (not proven, perhaps"),)
    alert = replace(OPENED, caveats=caveats, evidence=evidence)

    assert (re.match(UNCERTAIN, summarise(alert)) is None) is is_certain


@pytest.mark.parametrize("file", ["README.md", "docs/nmapwatchd.8"])
def test_the_manual_has_both_filters(file: str) -> None:
    text = (ROOT / file).read_text().replace("\\e", "\\").replace("\\(dq", '"')

    assert SCAN in text
    assert UNCERTAIN in text


def test_the_authorisation_that_nearly_covers_a_scan_is_at_the_end_if_there_is_room() -> None:
    reason = "target 10.0.0.8 is not among its targets"

    assert summarise(OUTSIDE) == f'{summarise(OPENED)}; "audit" does not cover it: {reason}'
    assert summarise(replace(OUTSIDE, not_covered_because="long " * 60)) == summarise(OPENED)
    assert summarise(replace(OUTSIDE, action=Action.SCAN_CLOSED, closed_by="idle")) == summarise(
        replace(OPENED, action=Action.SCAN_CLOSED, closed_by="idle")
    )


@pytest.mark.parametrize(
    "alert", [OPENED, CONTINUES, OUTSIDE, CLOSED, replace(CLOSED, closed_by="clock")]
)
def test_an_authorised_scan_is_called_so_before_it_is_called_a_scan(alert: Alert) -> None:
    text = summarise(authorised(alert))

    assert text.startswith('10.0.0.5 (authorised as "weekly audit"; MAC 52-54-00-AB-34-56) ')
    assert "scan" not in text.partition("authorised")[0]


@pytest.mark.parametrize("name", ['x" 10.0.0.1 has begun ', ") has begun an nmap scan", "x"])
def test_no_name_of_an_authorisation_makes_the_filter_match(name: str) -> None:
    assert re.match(SCAN, summarise(authorised(OPENED, name))) is None


def test_no_sentence_but_a_scans_begins_with_an_address() -> None:
    assert summarise(FLOOD).startswith("Flood of nmap scans since ")
    assert summarise(BLIND).startswith("nmapwatchd ")


def test_the_format_is_the_summary() -> None:
    assert format_summary(CLOSED, SENSOR) == summarise(CLOSED).encode()


# Who.


@pytest.mark.parametrize(
    ("caveats", "remark"),
    [
        (("spoofable",), " (address not proven)"),
        (
            ("tunnelled",),
            " (address not proven; in a tunnel from 192.0.2.1 to 192.0.2.9 and 1 more)",
        ),
        (("proxied",), " (perhaps a proxy)"),
        (("relayable",), " (perhaps a relay of content)"),
        (("spoofable", "proxied"), " (address not proven; perhaps a proxy)"),
        (("incomplete",), ""),
        ((), ""),
    ],
)  # fmt: skip
def test_what_is_not_certain_of_the_source_follows_it(
    caveats: tuple[str, ...], remark: str
) -> None:
    outer = ("192.0.2.1>192.0.2.9", "192.0.2.2>192.0.2.9")
    text = summarise(replace(RAW, caveats=caveats, on_link=False, outer=outer))

    assert text.startswith(f"10.0.0.5{remark} has begun an nmap scan of 10.0.0.8, tcp 80: ")


def test_a_mac_address_is_named_only_if_it_is_the_scanners_own() -> None:
    two = replace(RAW, macs=("52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03"))

    assert summarise(two).startswith(
        "10.0.0.5 (MAC 52-54-00-00-00-01, 52-54-00-00-00-02 and 1 more) has begun "
    )
    assert "MAC" not in summarise(replace(two, on_link=False))


@pytest.mark.parametrize(
    ("decoys", "omitted", "remark"),
    [
        (("10.0.0.6",), 0, "this one or 10.0.0.6, the other is a decoy"),
        (("10.0.0.6", "10.0.0.7"), 0, "this one, 10.0.0.6 or 10.0.0.7, the others are decoys"),
        (
            ("10.0.0.6", "10.0.0.7"),
            1,
            "this one, 10.0.0.6, 10.0.0.7 or another one, the others are decoys",
        ),
        (
            ("10.0.0.6", "10.0.0.7", "10.0.0.9"),
            1,
            "this one, 10.0.0.6, 10.0.0.7 or one of 2 more, the others are decoys",
        ),
    ],
)
def test_decoys_are_listed_while_the_scanner_is_unknown(
    decoys: tuple[str, ...], omitted: int, remark: str
) -> None:
    unknown = replace(
        RAW, caveats=("spoofable",), decoys=decoys, decoys_omitted=omitted, on_link=False
    )
    known = replace(unknown, caveats=())

    assert summarise(unknown).startswith(f"10.0.0.5 (address not proven: {remark}) has begun ")
    number = len(decoys) + omitted
    assert summarise(known).startswith(
        f"10.0.0.5 (with {number} {'decoy' if number == 1 else 'decoys'}) has begun "
    )


def test_an_authorisation_is_named_in_ascii() -> None:
    text = summarise(authorised(CLOSED, "Überprüfung"))

    assert text.startswith(r'10.0.0.5 (authorised as "\u00dcberpr\u00fcfung"; MAC ')


def test_the_tool_is_the_rules() -> None:
    assert " has begun an nmap scan of " in summarise(OPENED)
    assert " has begun a zmap scan of " in summarise(replace(OPENED, tool="zmap"))
    assert " has begun a nuclei scan of " in summarise(replace(OPENED, tool="nuclei"))
    assert " (zmap -sC -sV)" in summarise(replace(OPENED, tool="zmap"))


# Where.


@pytest.mark.parametrize(
    ("transports", "ports", "omitted", "text"),
    [
        (("tcp",), (80, 22), 0, "tcp 22, 80"),
        (("tcp",), (22, 80, *range(4000, 4004)), 12, "tcp 22, 80, 4000-4003 and 12 more"),
        (("tcp",), (1, 2, 9), 0, "tcp 1, 2, 9"),
        (("tcp",), tuple(range(1, 32, 2)), 0, "tcp 1, 3, 5, 7, 9, 11, 13, 15 and 8 more"),
        (("udp",), (161,), 0, "udp 161"),
        (("tcp", "udp"), (53,), 0, "tcp and udp 53"),
        (("sctp",), (80,), 0, "sctp 80"),
        (("icmp",), (0,), 0, "ICMP"),
        (("icmpv6", "tcp"), (0, 22), 0, "ICMPv6, tcp 22"),
        (("ip", "icmp", "udp"), (0, 40125), 0, "IP protocols, ICMP, udp 40125"),
    ],
)
def test_ports_have_their_protocol(
    transports: tuple[str, ...], ports: tuple[int, ...], omitted: int, text: str
) -> None:
    found = sentence_of(transports=transports, ports=ports, ports_omitted=omitted)

    assert found.startswith(f" of 10.0.0.8, {text}: ")


def test_several_hosts_are_counted() -> None:
    hosts = ("10.0.0.8", "10.0.0.9", "10.0.0.10")

    assert sentence_of(targets=hosts[:2]).startswith(" of 2 hosts (10.0.0.8, 10.0.0.9), tcp 80: ")
    assert sentence_of(targets=hosts, targets_omitted=992).startswith(
        " of 995 hosts (10.0.0.8, 10.0.0.9 and 993 more), tcp 80: "
    )


def test_a_count_that_may_be_higher_is_at_least() -> None:
    full = replace(CLOSED, targets_omitted=1021, targets_truncated=True)
    ports = replace(CLOSED, ports_omitted=1022, ports_truncated=True)
    incomplete = replace(CLOSED, caveats=("incomplete",), ports_omitted=1)

    assert ": at least 1024 hosts (" in summarise(full)
    assert ", tcp 80, 443 and at least 1022 more; " in summarise(ports)
    assert ": at least 3 hosts (" in summarise(incomplete)
    assert ", tcp 80, 443 and at least 1 more; " in summarise(incomplete)
    assert summarise(incomplete).endswith("; at least 128 hits")
    assert "at least" not in summarise(CLOSED)


# What.


@pytest.mark.parametrize(
    ("explanation", "text"),
    [
        (Explanation(("-sS",)), "SYN scan (nmap -sS); "),
        (
            Explanation(("-sS", "-sV", "--script http-enum"), ("--script http-*",)),
            "SYN scan, version probes, one script (nmap -sS -sV --script http-enum); ",
        ),
        (
            Explanation(("-sS", "-O", "-sV", "-sC"), command="nmap -A"),
            "SYN scan, OS detection, version probes, default scripts (as nmap -A); ",
        ),
        (Explanation(("-sS", "--script http-*"), (), "nmap -A"), "SYN scan, http scripts; "),
        (
            Explanation(("-sS", "--script http-*", "--script http-enum")),
            "SYN scan, http scripts, one script (at least nmap -sS --script http-enum); ",
        ),
        (Explanation((), ("-sS", "-PS")), "perhaps nmap -sS or -PS; "),
        (Explanation((), ("-sS", "-PS", "-sA")), "perhaps nmap -sS or -PS or others; "),
        (Explanation((), ("-sV", "--script ssh-brute")), "perhaps nmap -sV or others; "),
        (Explanation((), ("--script ssh-brute",)), "perhaps a script of nmap; "),
        (Explanation(()), ""),
    ],
)
def test_what_is_proven_is_said_and_what_is_possible_only_in_its_absence(
    explanation: Explanation, text: str
) -> None:
    assert (
        sentence_of(explanation=explanation)
        == f" of 10.0.0.8, tcp 80: {text}seen: window 1024 (tcp.raw-syn)"
    )


def test_a_scan_whose_probes_others_send_too_may_be_theirs() -> None:
    assert ": SYN scan (nmap -sS), by nmap or a tool with its probes; seen: " in sentence_of(
        caveats=("shared_probes",)
    )


def test_the_first_evidence_is_quoted() -> None:
    assert summarise(OPENED) == (
        "10.0.0.5 (MAC 52-54-00-AB-34-56) has begun an nmap scan of 10.0.0.8, tcp 80: default "
        'scripts, version probes (nmap -sC -sV); sent user_agent "Mozilla/5.0 (compatible; Nmap '
        'Scripting Engine;..." (http.nse-user-agent)'
    )


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("random1\x00\xff", r'"random1\x00\xff"'),
        ('a "word"', r'"a \"word\""'),
        ("Ü日word", r'"\u00dc\u65e5word"'),
        ("CONNECT\r\n", r'"CONNECT\r\n"'),
    ],
)
def test_evidence_is_escaped_to_ascii(value: str, quoted: str) -> None:
    evidence = (EvidenceItem("tcp.raw-syn", "random", value),)

    assert sentence_of(evidence=evidence).endswith(f"; sent random {quoted} (tcp.raw-syn)")


@pytest.mark.parametrize(
    ("title", "text"),
    [("Raw SYN scan: window 1024", "window 1024"), ("Raw SYN scan", "Raw SYN scan")],
)
def test_a_number_says_less_than_the_title_of_its_signature(title: str, text: str) -> None:
    late = (EvidenceItem("tcp.raw-syn", "payload", "\x00" * 16 + "word"),)
    rules = (replace(RAW.rules[0], title=title),)

    assert sentence_of(rules=rules).endswith(f"; seen: {text} (tcp.raw-syn)")
    assert sentence_of(rules=rules, evidence=late).endswith(f"; seen: {text} (tcp.raw-syn)")
    assert sentence_of(rules=rules, evidence=()).endswith(f"; seen: {text} (tcp.raw-syn)")


# How it goes on, and ends.


def test_a_continuing_scan_has_its_duration_its_news_and_its_totals() -> None:
    assert summarise(CONTINUES).startswith(
        "10.0.0.5 (MAC 52-54-00-AB-34-56) continues its nmap scan after 5 min with 2 more hosts "
        "and 1 more signature: 3 hosts (10.0.0.8, 10.0.0.9 and 1 more), tcp 80, 443; default "
    )
    assert summarise(CONTINUES).endswith("; 128 hits")


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        ({"new_decoys": 1}, " with 1 more decoy: "),
        ({"new_rules": 4, "is_raised": True}, " with 4 more signatures, now more severe: "),
        ({"is_raised": True}, ", now more severe: "),
        ({}, ": "),
    ],
)
def test_news_is_what_the_alert_before_did_not_have(changes: dict[str, int], news: str) -> None:
    silent = replace(CONTINUES, new_targets=0, new_rules=0)

    text = summarise(replace(silent, **changes))  # type: ignore[arg-type]

    assert f"continues its nmap scan after 5 min{news}3 hosts" in text


def test_a_closed_scan_has_its_totals() -> None:
    assert summarise(CLOSED) == (
        "10.0.0.5 (MAC 52-54-00-AB-34-56) ended its nmap scan after 41 s: 3 hosts (10.0.0.8, "
        "10.0.0.9 and 1 more), tcp 80, 443; default scripts, version probes (nmap -sC -sV); "
        "128 hits"
    )


def test_a_closed_scan_of_which_no_option_is_known_has_its_evidence() -> None:
    unknown = replace(RAW, action=Action.SCAN_CLOSED, closed_by="idle", explanation=Explanation(()))

    assert summarise(unknown).endswith(", tcp 80; seen: window 1024 (tcp.raw-syn); 1 hit")


def test_a_scan_of_which_nothing_is_new_closes_with_a_short_sentence() -> None:
    one = replace(CLOSED, targets=("10.0.0.8",), sightings=1, is_unchanged=True, on_link=False)

    assert summarise(one) == (
        "10.0.0.5 ended its nmap scan of 10.0.0.8 after 41 s: nothing new, 1 hit"
    )


@pytest.mark.parametrize(
    ("closed_by", "text"),
    [
        ("idle", "ended its nmap scan after 41 s"),
        ("shutdown", "had run its nmap scan for 41 s when the capture ended"),
        ("clock", "had run its nmap scan for 41 s when the clock was set back"),
        ("eviction", "had run its nmap scan for 41 s when newer scans took its place"),
    ],
)
def test_only_a_scan_that_became_idle_has_ended(closed_by: str, text: str) -> None:
    assert f") {text}: 3 hosts (" in summarise(replace(CLOSED, closed_by=closed_by))


@pytest.mark.parametrize(
    ("sequence", "closed_by", "verb"),
    [(1, "", "has begun an"), (2, "", "continues its"), (2, "idle", "ended its")],
)
def test_an_authorised_scan_begins_continues_and_ends_like_any_other(
    sequence: int, closed_by: str, verb: str
) -> None:
    alert = replace(authorised(OPENED), sequence=sequence, closed_by=closed_by)

    assert f") {verb} nmap scan " in summarise(alert)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (-5, "less than a second"),
        (SECOND - 1, "less than a second"),
        (SECOND, "1 s"),
        (119 * SECOND, "119 s"),
        (120 * SECOND, "2 min"),
        (7199 * SECOND, "119 min"),
        (7200 * SECOND, "2 h"),
    ],
)
def test_a_duration_has_one_unit(duration: int, text: str) -> None:
    assert f" ended its nmap scan after {text}: " in summarise(replace(CLOSED, end=AT + duration))


def test_an_alert_without_targets_rules_or_evidence_is_still_a_sentence() -> None:
    bare = replace(RAW, targets=(), ports=(), transports=(), rules=(), evidence=(), macs=())

    assert summarise(bare) == "10.0.0.5 has begun an nmap scan: SYN scan (nmap -sS)"


# Floods.


def test_a_flood_has_its_number_its_start_and_its_first_addresses() -> None:
    assert summarise(FLOOD) == (
        "Flood of nmap scans since 11:49:19 UTC: 1234 more sources, addresses not proven "
        "(198.51.100.7, 198.51.100.9 and 1232 more); MAC 52-54-00-AB-34-56; "
        "1 host (10.0.0.8), ports 80, 443; mostly tcp.raw-syn"
    )


@pytest.mark.parametrize(
    ("closed_by", "text"),
    [("idle", " ended at 11:49:28"), ("shutdown", ", open when the capture ended"), ("", "")],
)
def test_a_flood_that_is_over_is_a_sentence_too(closed_by: str, text: str) -> None:
    one = replace(FLOOD, sources=1, listed=FLOOD.listed[:1], macs=(), targets=(), ports=(),
                  rules=(), caveats=(), closed_by=closed_by)  # fmt: skip

    assert summarise(one) == (
        f"Flood of nmap scans since 11:49:19 UTC{text}: 1 more source (198.51.100.7)"
    )


# The sensor.


def test_a_sensor_event_has_interface_and_detail_and_no_counts() -> None:
    assert (
        summarise(BLIND) == "nmapwatchd is blind on eth0, scans are missed: tshark died, signal 9"
    )


@pytest.mark.parametrize(
    ("interfaces", "text"),
    [
        ((), "nmapwatchd has started: 9 signatures"),
        (("eth0", "büro"), r"nmapwatchd has started on eth0, b\u00fcro: 9 signatures"),
        (("a", "b", "c", "d"), "nmapwatchd has started on a, b, c and 1 more: 9 signatures"),
    ],
)
def test_interfaces_are_named_in_ascii(interfaces: tuple[str, ...], text: str) -> None:
    assert summarise(SensorEvent(Action.SENSOR_STARTED, AT, "9 signatures", interfaces)) == text


def test_each_sensor_action_has_a_sentence_of_its_own() -> None:
    text = {
        action: summarise(SensorEvent(action, AT, "", ("eth0",)))
        for action in Action
        if action.startswith("sensor-")
    }

    assert len(set(text.values())) == len(text)
    assert [action for action, s in text.items() if "sensor-" in s] == [Action.SENSOR_SHEDDING]


def test_the_sentence_about_a_source_that_floods_is_the_detail() -> None:
    detail = "10.0.0.9 floods eth0: some of its frames are skipped. The sensor is well"

    text = summarise(SensorEvent(Action.SENSOR_SHEDDING, AT, detail, ("eth0",)))

    assert text == detail
    assert re.match(SCAN, text) is None


# What is left out of a sentence that is too long.


def test_ports_go_first_then_options_then_evidence_then_addresses() -> None:
    host = "2001:db8:1111:2222:3333:4444:5555:666{}"
    full = replace(
        OPENED, targets=(host.format(1), host.format(2)), ports=tuple(range(1, 30, 2)),
        explanation=Explanation(("-sS", "-sV", "-O", "-sC", "--script http-enum,http-title")),
        evidence=(EvidenceItem("http.nse-user-agent", "uri", "letter " * 20),), on_link=False,
    )  # fmt: skip
    # The longer the name, the less room for the rest.
    sentences = [
        summarise(replace(full, source="fe80::1" + "0" * (length % 39), expected="x" * length))
        for length in range(49)
    ]

    def lost(text: str) -> int:
        return next((n for n, sentence in enumerate(sentences) if text not in sentence), 99)

    kept = ["13, 15 and 7 more", "(nmap -sS", "letter " * 5, host.format(2), "letter"]
    assert [lost(text) for text in kept] == sorted(lost(text) for text in kept)
    assert lost(kept[2]) < lost(kept[3]) < lost(kept[4]) < len(sentences)


def test_a_cut_falls_between_words() -> None:
    detail = "word " * 100

    text = summarise(SensorEvent(Action.SENSOR_BLIND, AT, detail))

    assert len(text) > MAXIMUM_SUMMARY - 10
    assert text.endswith(" word...")


def test_a_cut_does_not_fall_within_an_escape() -> None:
    for length in range(20):
        text = summarise(SensorEvent(Action.SENSOR_BLIND, AT, "x" * length + "\x00" * 100))

        assert re.fullmatch(r"[^\\]*(\\x00)*\.\.\.", text)
