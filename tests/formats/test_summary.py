"""A human reads what happened, who did it, and where."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, Message, SensorEvent
from nmapwatchd.formats.summary import MAXIMUM_SUMMARY, sentence
from tests.formats.messages import AT, BLIND, CLOSED, OPENED, SECOND, messages


@pytest.mark.parametrize(
    ("caveats", "who"),
    [
        (("spoofable",), "10.0.0.5 (unless forged)"),
        (("proxied",), "10.0.0.5 (perhaps a proxy)"),
        (("spoofable", "proxied"), "10.0.0.5 (unless forged) (perhaps a proxy)"),
    ],
)
def test_a_doubt_of_who_it_is_stands_beside_the_name(caveats: tuple[str, ...], who: str) -> None:
    said = sentence(replace(OPENED, caveats=caveats))

    assert said == sentence(OPENED).replace("10.0.0.5", who, 1)


def test_decoys_stand_beside_the_name_as_long_as_nobody_knows_who_it_is() -> None:
    unknown = replace(OPENED, caveats=("spoofable", "proxied"), decoys=("10.0.0.6", "10.0.0.7"))
    known = replace(unknown, caveats=(), decoys_omitted=1)

    assert sentence(unknown).startswith(
        "one of 10.0.0.5, 10.0.0.6 and 1 more (probably with decoys) (perhaps a proxy) scans with "
    )
    assert sentence(known).startswith("10.0.0.5 (with 3 decoys) scans with nmap: ")


def test_a_scan_that_opens_says_who_what_where_and_how() -> None:
    assert sentence(OPENED) == (
        "10.0.0.5 scans with nmap: http.nse-user-agent at 10.0.0.8:80"
        ' (user_agent "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nma…")'
        ", probably nmap -sC or -sV"
    )


def test_a_scan_that_closes_says_its_totals() -> None:
    assert sentence(CLOSED).startswith(
        "10.0.0.5 scanned with nmap for 41 s: 128 sightings of 2 signatures on 3 hosts;"
        " http.nse-user-agent and 1 other signature"
        " at 10.0.0.8, 10.0.0.9 and 1 more, ports 80, 443 ("
    )


def test_a_scan_that_goes_on_says_for_how_long() -> None:
    goes_on = replace(CLOSED, action=Action.SCAN_CONTINUES, closed_by="", end=AT + 300 * SECOND)

    assert sentence(goes_on).startswith("10.0.0.5 still scans with nmap after 5 min: 128 sighti")


def test_an_expected_scan_says_by_whom_it_is_expected() -> None:
    expected = replace(OPENED, action=Action.SCAN_EXPECTED, expected="weekly audit")
    over = replace(CLOSED, action=Action.SCAN_EXPECTED, expected="Überprüfung")

    assert sentence(expected).startswith(
        '10.0.0.5 scans with nmap, expected as "weekly audit": http.nse-user-agent at 10.0.0.8:80'
    )
    assert sentence(over).startswith(
        '10.0.0.5 scanned with nmap for 41 s, expected as "Überprüfung": 128 sightings'
    )


@pytest.mark.parametrize(
    ("closed_by", "said"),
    [
        ("idle", " on 3 hosts; http."),
        ("shutdown", " on 3 hosts; the watch ended first; http."),
        ("eviction", " on 3 hosts; forgotten to make room, it may go on; http."),
    ],
)
def test_a_window_that_did_not_close_by_itself_says_why(closed_by: str, said: str) -> None:
    assert said in sentence(replace(CLOSED, closed_by=closed_by))


def test_an_ipv6_target_stands_in_brackets_before_its_port() -> None:
    assert " at [2001:db8::8]:80 (" in sentence(replace(OPENED, targets=("2001:db8::8",)))


def test_a_scan_without_ports_names_none() -> None:
    assert " at 10.0.0.8 (" in sentence(replace(OPENED, ports=(0,)))


def test_what_a_list_leaves_out_is_counted() -> None:
    many = replace(OPENED, targets=("a", "b", "c"), targets_omitted=992, ports=(1, 2, 3, 4))

    assert " at a, b and 993 more, ports 1, 2, 3 and 1 more (" in sentence(many)


def test_a_window_that_stopped_counting_says_at_least() -> None:
    assert "on at least 1024 hosts" in sentence(replace(CLOSED, targets_omitted=1021))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), '…")'),
        (("-O",), ", probably nmap -O"),
        (("-sC", "-sV", "-A"), ", probably nmap -sC, -sV or -A"),
        (("-sC", "-sV", "-A", "-O"), ", probably nmap -sC, -sV, -A or others"),
    ],
)
def test_the_options_probably_used_are_named(options: tuple[str, ...], said: str) -> None:
    assert sentence(replace(OPENED, options=options)).endswith(said)


def test_a_sensor_says_what_became_of_it() -> None:
    assert sentence(BLIND) == ("nmapwatchd sees nothing on eth0: tshark died, signal 9 (frames 12)")


def test_each_action_has_words_of_its_own() -> None:
    said = {
        action: sentence(SensorEvent(action, AT, "", ("eth0",)))
        for action in Action
        if action.startswith("sensor-")
    }

    assert len(set(said.values())) == len(said)
    assert [s for s in said.values() if "sensor-" in s] == []


@given(messages)
def test_whatever_was_seen_a_sentence_is_one_bounded_printable_line(message: Message) -> None:
    said = sentence(message)

    assert said.isprintable()
    assert 0 < len(said) <= MAXIMUM_SUMMARY


def test_a_full_ipv6_alert_still_names_the_options() -> None:
    host = "2001:db8:1111:2222:3333:4444:5555:666{}"
    full: Alert = replace(
        CLOSED, action=Action.SCAN_OPENED, closed_by="", source=host.format(0),
        targets=tuple(host.format(i) for i in range(9)), options=("-sV",),
    )  # fmt: skip

    assert sentence(full).endswith(", probably nmap -sV")
