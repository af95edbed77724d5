"""A person reads what happened, the source, and where."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, Message, SensorEvent
from nmapwatchd.formats.summary import MAXIMUM_SUMMARY, format_summary, summarise
from tests.formats.messages import AT, BLIND, CLOSED, FLOOD, OPENED, SECOND, SENSOR, messages


@pytest.mark.parametrize(
    ("caveats", "source"),
    [
        (("spoofable",), "10.0.0.5 (unless spoofed)"),
        (("proxied",), "10.0.0.5 (perhaps a proxy)"),
        (("relayable",), "10.0.0.5 (unless it relays content)"),
        (("spoofable", "proxied"), "10.0.0.5 (unless spoofed) (perhaps a proxy)"),
    ],
)
def test_a_caveat_follows_the_source(caveats: tuple[str, ...], source: str) -> None:
    text = summarise(replace(OPENED, caveats=caveats))

    assert text == summarise(OPENED).replace("10.0.0.5", source, 1)


@pytest.mark.parametrize(
    ("outer", "text"),
    [
        (("192.0.2.1>192.0.2.9",), "10.0.0.5 (tunnelled, 192.0.2.1>192.0.2.9)"),
        (
            ("192.0.2.1>192.0.2.9", "192.0.2.2>192.0.2.9"),
            "10.0.0.5 (tunnelled, 192.0.2.1>192.0.2.9 and 1 more)",
        ),
    ],
)
def test_a_tunnel_follows_the_source(outer: tuple[str, ...], text: str) -> None:
    alert = replace(OPENED, caveats=("tunnelled",), outer=outer)

    assert summarise(alert) == summarise(OPENED).replace("10.0.0.5", text, 1)
    assert summarise(replace(alert, caveats=())) == summarise(OPENED)


def test_that_other_tools_send_the_same_probes_follows_the_options() -> None:
    text = summarise(replace(OPENED, caveats=("shared_probes",)))

    assert text == f"{summarise(OPENED)}, or a tool with its probes"


def test_decoys_are_listed_with_the_source_while_the_scanner_is_unknown() -> None:
    unknown = replace(OPENED, caveats=("spoofable", "proxied"), decoys=("10.0.0.6", "10.0.0.7"))
    known = replace(unknown, caveats=(), decoys_omitted=1)

    assert summarise(unknown).startswith(
        "one of 10.0.0.5, 10.0.0.6 and 1 more (probably with decoys) (perhaps a proxy) scans with "
    )
    assert summarise(known).startswith("10.0.0.5 (with 3 decoys) scans with nmap: ")


def test_an_opened_scan_has_source_rule_target_and_evidence() -> None:
    assert summarise(OPENED) == (
        "10.0.0.5 scans with nmap: http.nse-user-agent at 10.0.0.8:80"
        ' (user_agent "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nma…")'
        ", probably nmap -sC or -sV"
    )


def test_the_tool_is_the_rules() -> None:
    other = [replace(alert, tool="zmap") for alert in (OPENED, CLOSED)]

    for nmap, zmap in zip((OPENED, CLOSED), other, strict=True):
        assert summarise(zmap) == summarise(nmap).replace(" with nmap", " with zmap").replace(
            "probably nmap", "probably zmap"
        )


def test_a_closed_scan_has_its_totals() -> None:
    assert summarise(CLOSED).startswith(
        "10.0.0.5 scanned with nmap for 41 s: 128 sightings of 2 signatures on 3 hosts;"
        " http.nse-user-agent and 1 other signature"
        " at 10.0.0.8, 10.0.0.9 and 1 more, ports 80, 443 ("
    )


def test_a_continuing_scan_has_its_duration() -> None:
    continues = replace(CLOSED, action=Action.SCAN_CONTINUES, closed_by="", end=AT + 300 * SECOND)

    assert summarise(continues).startswith("10.0.0.5 still scans with nmap after 5 min: 128 sighti")


def test_an_expected_scan_names_its_authorisation() -> None:
    expected = replace(OPENED, action=Action.SCAN_EXPECTED, expected="weekly audit")
    over = replace(CLOSED, action=Action.SCAN_EXPECTED, expected="Überprüfung")

    assert summarise(expected).startswith(
        '10.0.0.5 scans with nmap, expected as "weekly audit": http.nse-user-agent at 10.0.0.8:80'
    )
    assert summarise(over).startswith(
        '10.0.0.5 scanned with nmap for 41 s, expected as "Überprüfung": 128 sightings'
    )


@pytest.mark.parametrize(
    ("closed_by", "text"),
    [
        ("idle", " on 3 hosts; http."),
        ("shutdown", " on 3 hosts; the capture ended first; http."),
        ("clock", " on 3 hosts; the clock was set back, the scan may continue; http."),
        ("eviction", " on 3 hosts; evicted to bound memory, the scan may continue; http."),
    ],
)
def test_a_window_that_did_not_close_by_idleness_has_the_reason(closed_by: str, text: str) -> None:
    assert text in summarise(replace(CLOSED, closed_by=closed_by))


def test_an_ipv6_target_is_bracketed_before_its_port() -> None:
    assert " at [2001:db8::8]:80 (" in summarise(replace(OPENED, targets=("2001:db8::8",)))


def test_a_scan_without_ports_names_none() -> None:
    assert " at 10.0.0.8 (" in summarise(replace(OPENED, ports=(0,)))


def test_values_left_out_of_a_list_are_counted() -> None:
    many = replace(OPENED, targets=("a", "b", "c"), targets_omitted=992, ports=(1, 2, 3, 4))

    assert " at a, b and 993 more, ports 1, 2, 3 and 1 more (" in summarise(many)


def test_a_count_that_reached_its_bound_is_at_least() -> None:
    full = replace(CLOSED, targets_omitted=1021, targets_truncated=True)

    assert "on at least 1024 hosts" in summarise(full)
    assert " on 3 hosts" in summarise(CLOSED)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ((), '…")'),
        (("-O",), ", probably nmap -O"),
        (("-sC", "-sV", "-A"), ", probably nmap -sC, -sV or -A"),
        (("-sC", "-sV", "-A", "-O"), ", probably nmap -sC, -sV, -A or others"),
    ],
)
def test_the_options_probably_used_are_named(options: tuple[str, ...], text: str) -> None:
    assert summarise(replace(OPENED, options=options)).endswith(text)


def test_a_flood_has_its_number_its_start_and_its_first_addresses() -> None:
    assert summarise(FLOOD) == (
        "1234 further sources, not proven, scan with nmap since 11:49:19 UTC: 198.51.100.7, "
        "198.51.100.9 and 1232 more; MAC 52-54-00-AB-34-56; tcp.raw-syn at 10.0.0.8, ports 80, 443"
    )


def test_a_flood_of_one_source_that_is_over_is_a_sentence_too() -> None:
    one = replace(FLOOD, sources=1, listed=FLOOD.listed[:1], macs=(), targets=(), rules=(),
                  caveats=(), closed_by="shutdown")  # fmt: skip

    assert summarise(one) == (
        "1 further source scanned with nmap since 11:49:19 UTC: 198.51.100.7; no signature; "
        "the capture ended first"
    )
    assert summarise(replace(one, closed_by="")).startswith("1 further source scans with nmap")


def test_a_sensor_event_has_interface_detail_and_counts() -> None:
    assert summarise(BLIND) == ("nmapwatchd is blind on eth0: tshark died, signal 9 (frames 12)")


def test_each_sensor_action_has_a_sentence_of_its_own() -> None:
    text = {
        action: summarise(SensorEvent(action, AT, "", ("eth0",)))
        for action in Action
        if action.startswith("sensor-")
    }

    assert len(set(text.values())) == len(text)
    assert [s for s in text.values() if "sensor-" in s] == []


@given(messages)
def test_any_message_is_one_bounded_printable_line(message: Message) -> None:
    text = summarise(message)

    assert text.isprintable()
    assert 0 < len(text) <= MAXIMUM_SUMMARY


def test_a_full_ipv6_alert_still_names_the_options() -> None:
    host = "2001:db8:1111:2222:3333:4444:5555:666{}"
    full: Alert = replace(
        CLOSED, action=Action.SCAN_OPENED, closed_by="", source=host.format(0),
        targets=tuple(host.format(i) for i in range(9)), options=("-sV",),
    )  # fmt: skip

    assert summarise(full).endswith(", probably nmap -sV")


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
    assert f"scanned with nmap for {text}: " in summarise(replace(CLOSED, end=AT + duration))


def test_one_of_a_kind_is_singular() -> None:
    one = replace(CLOSED, rules=OPENED.rules, targets=("10.0.0.8",), ports=(80,), sightings=1)

    assert ": 1 sighting of 1 signature on 1 host; http.nse-user-agent at 10.0.0.8:80 (" in (
        summarise(one)
    )


def test_a_port_is_not_attached_to_the_target_if_others_were_omitted() -> None:
    assert " at 10.0.0.8, ports 80 and 2 more (" in summarise(replace(OPENED, ports_omitted=2))
    assert " at 10.0.0.8 and 1 more, port 80 (" in summarise(replace(OPENED, targets_omitted=1))


def test_an_alert_without_targets_rules_or_evidence_is_still_a_sentence() -> None:
    bare = replace(OPENED, targets=(), rules=(), evidence=(), options=())

    assert summarise(bare) == "10.0.0.5 scans with nmap: no signature"


def test_a_summary_beyond_the_maximum_ends_in_an_ellipsis() -> None:
    def text(length: int) -> str:
        return summarise(SensorEvent(Action.SENSOR_BLIND, AT, "x" * length))

    fixed = len(text(1)) - 1

    assert text(MAXIMUM_SUMMARY - fixed).endswith("x")
    assert len(text(MAXIMUM_SUMMARY - fixed)) == MAXIMUM_SUMMARY
    assert text(MAXIMUM_SUMMARY - fixed + 1).endswith("x…")
    assert len(text(MAXIMUM_SUMMARY - fixed + 1)) == MAXIMUM_SUMMARY


def test_the_format_is_the_summary_in_utf_8() -> None:
    message = replace(BLIND, detail="Überlauf")

    assert format_summary(message, SENSOR) == summarise(message).encode()
