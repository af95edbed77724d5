"""The text fits a terminal, and nothing from the network controls it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from nmapwatchd.core.alert import EvidenceItem, Message, Rule
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.reports.explain import explain_message
from nmapwatchd.reports.explanation_text import WIDTH, as_text
from nmapwatchd.reports.record import read_message
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, tune
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED, SENSOR, messages

CATALOGUE = shipped_catalogue()


def text(message: Message, found_in: str = "") -> str:
    """Return a message, explained."""
    record = read_message(format_ecs(message, SENSOR))
    return as_text(explain_message(record, CATALOGUE), found_in)


def test_what_to_do_comes_before_what_was_seen() -> None:
    headings = [line for line in text(OPENED).splitlines() if line.isupper() and line[0] != " "]

    assert headings == [
        "WHAT RAN",
        "HOW CERTAIN IT IS",
        "WHAT TO DO",
        "IF THE SCAN WAS LEGITIMATE",
        "IF IT WAS OTHER SOFTWARE",
        "WHAT WAS SEEN",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "time          2026-11-22 11:49:19.426 UTC",
        "sensor        sensor1, interface eth0, VLAN 12",
        "source        10.0.0.5, MAC 52-54-00-AB-34-56 (its own), from port 40000",
        "target        1 host: 10.0.0.8; tcp port 80",
        "found in      the journal",
        "proven        default scripts, version probes",
        "options       -sC -sV",
        "proven source it received replies, so its address is real",
        "exclusive     no other software is known to send this",
        "    signature     http.nse-user-agent",
        "    field         user_agent (User-Agent)",
        "    in nmap's     nselib/http.lua",
        '    from = "10.0.0.5"',
        '    disable = ["http.nse-user-agent"]',
    ],
)
def test_an_alert_has_the_line(line: str) -> None:
    assert line in text(OPENED, "the journal").splitlines()


def test_a_row_has_the_options_that_send_it() -> None:
    (row,) = explain_message(read_message(format_ecs(OPENED, SENSOR)), CATALOGUE).rows

    printed = " ".join(text(OPENED).split())
    assert row.options
    assert "sent by nmap with " in printed
    assert f"{', '.join(row.options)} also sent by " in printed


def test_what_is_not_proven_is_apart() -> None:
    explanation = replace(OPENED.explanation, possible=("-O",), command="nmap -A")

    printed = text(replace(OPENED, explanation=explanation))

    assert "\noptions       -sC -sV\nas in         nmap -A\npossible      -O\n" in printed
    assert "do not report it as a fact" in printed


def test_a_command_that_is_the_options_is_not_repeated() -> None:
    explanation = replace(OPENED.explanation, command="nmap -sC -sV")

    assert "\nas in" not in text(replace(OPENED, explanation=explanation))


def test_a_close_has_both_times_and_its_reason() -> None:
    printed = text(CLOSED)

    assert "\ntime          2026-11-22 11:49:19.426 to 11:50:00.426 UTC\n" in printed
    assert "\nclosed by     idle\n" in printed


def test_binary_evidence_has_a_line_of_bytes() -> None:
    evidence = (EvidenceItem("http.nse-user-agent", "payload", "\x03\x00" * 40),)

    printed = text(replace(OPENED, evidence=evidence))

    assert "    as bytes      03 00 03 00" in printed
    assert "and 48 more" in printed


def test_further_rows_are_one_line_each() -> None:
    ids = [f"http.gone-{number}" for number in range(60)]
    rules = tuple(Rule(id_, "t" * 99, "", Confidence.WEAK, 1) for id_ in ids)

    printed = text(replace(OPENED, rules=rules, evidence=()))

    assert printed.count("    not known     ") == 3
    assert "    and 57 further signatures:\n" in printed
    assert "    http.gone-3: not in the catalogue\n" in printed
    assert printed.endswith("    ... and 17 more; --output json lists all\n")


def test_a_tuning_line_has_its_effect_and_its_cost() -> None:
    section = text(OPENED).partition("IF IT WAS OTHER SOFTWARE\n")[2].partition("\nWHAT WAS")[0]
    words = " ".join(section.split())

    assert words.startswith(
        "The alert rests on http.nse-user-agent, which other software may send: tests of web "
        "application firewalls, and lists of User-Agents. The entry above covers one machine. "
    )
    assert 'confidence = { "http.nse-user-agent" = "strong" } The signature counts only' in words
    last = 'disable = ["http.nse-user-agent"] The signature is no longer used. Cost: all of the '
    assert last in words
    assert words.endswith("recorded scans are still detected.")


def test_what_the_configuration_changes_is_stated() -> None:
    off = Adjustment("disable[1]", "http.nse-user-agent", None, "conf.toml", 3)
    everything, changes, _ = tune(CATALOGUE, [off])
    record = read_message(format_ecs(OPENED, SENSOR))
    lines = as_text(explain_message(record, everything, changes), "").splitlines()

    assert "    configured    off: conf.toml:3" in lines
    assert "IF IT WAS OTHER SOFTWARE" not in lines


def test_an_event_of_the_sensor_has_neither_options_nor_rows() -> None:
    printed = text(BLIND)

    assert "\naction        sensor-blind\n" in printed
    assert "\ntime          2026-11-22 11:49:19.426 UTC\n" in printed
    assert "\nThe sensor cannot capture on eth0: tshark died, signal 9\n" in printed
    assert "WHAT TO DO" in printed
    assert "WHAT RAN" not in printed
    assert "WHAT WAS SEEN" not in printed


def test_a_flood_lists_its_first_sources() -> None:
    printed = text(FLOOD)

    assert "source        1234 addresses: 198.51.100.7, 198.51.100.9" in printed
    assert "action        scan-flood, message 2 of flood fedcba" in printed
    assert "tcp.raw-syn, with which 1234 scans began\n" in printed


def test_decoys_and_tunnels_are_listed() -> None:
    changes: dict[str, Any] = {"decoys": ("10.0.0.6",), "outer": ("192.0.2.1>192.0.2.2",)}

    printed = text(replace(OPENED, caveats=("spoofable", "incomplete"), **changes))

    assert "\ndecoys        10.0.0.6\ntunnel        192.0.2.1 to 192.0.2.2\n" in printed
    assert "proven source" not in printed


def test_a_caveat_about_the_counts_leaves_the_source_proven() -> None:
    assert "proven source" in text(replace(OPENED, caveats=("incomplete",)))


@given(messages)
def test_any_message_is_printable_lines_of_a_terminal(message: Message) -> None:
    for line in text(message).splitlines():
        assert line.isprintable()
        # A command is one line, and an address in it may be long.
        assert len(line) <= WIDTH or line.startswith("        ")
