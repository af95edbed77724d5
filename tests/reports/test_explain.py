"""A message is explained by the rows of the catalogue that it names."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Message, Rule
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.reports.explain import MessageExplanation, explain_message
from nmapwatchd.reports.record import MessageRecord, SightedRule, read_message
from nmapwatchd.signatures.loader import catalogue_of, shipped_catalogue
from tests.commands.test_catalogue import SITE_SIGNATURE
from tests.formats.messages import BLIND, FLOOD, OPENED, SENSOR

SHIPPED = shipped_catalogue()
BY_ID = {signature.id: signature for signature in SHIPPED.signatures}


@pytest.fixture
def catalogue() -> Catalogue:
    return SHIPPED


def explained(message: Message, catalogue: Catalogue) -> MessageExplanation:
    """Explain a message as it was written."""
    return explain_message(read_message(format_ecs(message, SENSOR)), catalogue)


def with_rule(rule: str, field: str, value: str) -> Alert:
    """Return an alert about one rule."""
    return replace(
        OPENED,
        rules=(Rule(rule, "its title", "its.lua", Confidence.STRONG, 2),),
        evidence=(EvidenceItem(rule, field, value),),
    )


def test_a_row_has_what_the_catalogue_knows_and_what_was_seen(catalogue: Catalogue) -> None:
    (row,) = explained(OPENED, catalogue).rows

    assert row.known
    assert row.title == "Nmap Scripting Engine default User-Agent"
    assert row.condition == "user agent contains `Nmap Scripting Engine`"
    assert row.file == "nselib/http.lua"
    assert row.options == BY_ID["http.nse-user-agent"].options
    assert row.also_sent_by == ("tests of web application firewalls, and lists of User-Agents",)
    assert row.note == "The script argument http.useragent replaces it."
    assert (row.confidence, row.sightings, row.site_file) == ("exclusive", 1, "")
    assert (row.field, row.field_meaning) == ("user_agent", "User-Agent")
    assert row.value.startswith("Mozilla/5.0 (compatible; Nmap Scripting Engine")
    assert row.hex == ""


def test_binary_evidence_is_also_hexadecimal(catalogue: Catalogue) -> None:
    alert = with_rule("rdp.nmap-cookie", "payload", "\x03\x00\x00*\xe0")

    (row,) = explained(alert, catalogue).rows

    assert (row.value, row.hex) == (r"\x03\x00\x00*\xe0", "03 00 00 2a e0")


def test_a_row_that_the_catalogue_does_not_have_is_explained_by_the_alert(
    catalogue: Catalogue,
) -> None:
    (row,) = explained(with_rule("http.gone", "uri", "/nmap"), catalogue).rows

    assert not row.known
    assert (row.title, row.file, row.sightings) == ("its title", "its.lua", 2)
    assert (row.field, row.value) == ("uri", "/nmap")
    assert (row.options, row.confidence, row.condition) == ((), "", "")


def test_a_sites_row_names_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "http.toml").write_text(SITE_SIGNATURE)
    alert = with_rule("http.site", "user_agent", "site-scanner/1")

    (row,) = explained(alert, catalogue_of([tmp_path])).rows

    assert row.site_file == "http.toml:3"
    assert row.options == ("--script http-*",)


def test_rows_with_evidence_come_first_in_its_order(catalogue: Catalogue) -> None:
    rules = [Rule(id_, "", "", Confidence.WEAK, 1) for id_ in ("a.a", "b.b", "c.c")]
    evidence = (EvidenceItem("c.c", "x", "1"), EvidenceItem("b.b", "x", "1"))

    found = explained(replace(OPENED, rules=tuple(rules), evidence=evidence), catalogue)

    assert [row.id for row in found.rows] == ["c.c", "b.b", "a.a"]


def test_evidence_without_its_rule_belongs_to_the_first_that_compares_the_field(
    catalogue: Catalogue,
) -> None:
    record = MessageRecord(
        Action.SCAN_OPENED,
        rules=(
            SightedRule("tcp.raw-syn"),
            SightedRule("http.lower-check"),
            SightedRule("http.hnap"),
        ),
        evidence=(
            EvidenceItem("", "uri", "/nmaplowercheck1"),
            EvidenceItem("", "uri", "/HNAP1"),
            EvidenceItem("", "unknown", "x"),
        ),
    )

    rows = explain_message(record, catalogue).rows

    assert [(row.id, row.value) for row in rows] == [
        ("http.lower-check", "/nmaplowercheck1"),
        ("http.hnap", "/HNAP1"),
        ("", "x"),
        ("tcp.raw-syn", ""),
    ]


def test_confidence_and_caveats_have_their_meaning(catalogue: Catalogue) -> None:
    found = explained(replace(OPENED, caveats=("spoofable", "later")), catalogue)

    assert found.confidence.name == "exclusive"
    assert found.confidence.meaning == "no other software is known to send this"
    assert [caveat.name for caveat in found.caveats] == ["spoofable", "later"]
    assert found.caveats[0].meaning.startswith("nothing in the scan needed a reply")
    assert found.caveats[1].meaning == "not known to this version"


def test_an_event_of_the_sensor_is_explained_as_in_the_journal(catalogue: Catalogue) -> None:
    found = explained(BLIND, catalogue)

    assert found.meaning == "The sensor cannot capture on eth0: tshark died, signal 9"
    assert "ip link" in found.next[0].text
    assert (found.rows, found.caveats, found.authorised) == ((), (), ())


def test_a_flood_is_explained_as_in_the_journal_with_its_rows(catalogue: Catalogue) -> None:
    found = explained(FLOOD, catalogue)

    assert "1234 since 2026-11-22T11:49:19.426Z" in found.meaning
    assert "(52-54-00-AB-34-56)" in found.next[0].text
    assert [row.id for row in found.rows] == ["tcp.raw-syn"]
    assert found.authorised == ()


@pytest.mark.parametrize(
    "action", [a for a in Action if a.startswith("scan-") and a != "scan-flood"]
)
def test_every_kind_of_alert_has_a_meaning_and_steps(action: Action, catalogue: Catalogue) -> None:
    found = explained(replace(OPENED, action=action), catalogue)

    assert found.meaning
    assert len(found.next) > 2


def test_an_alert_without_anything_is_explained(catalogue: Catalogue) -> None:
    for action in Action:
        found = explain_message(MessageRecord(action), catalogue)
        assert (found.rows, found.authorised) == ((), ())
        assert json.dumps([step.text for step in found.next]).isascii()
