"""Values of fields that are more than one attribute of a message."""

from dataclasses import replace

import pytest

from nmapwatchd.core.alert import EvidenceItem, Message
from nmapwatchd.core.explanation import Activity, Explanation
from nmapwatchd.formats import field_values as take
from nmapwatchd.formats.field import Bounds, Context
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED, TUNNELLED

ALL = Context()
REPLAY = Context(capture="lan.pcap")
ONE = Context(bounds=Bounds(rules=1, members=1))


def test_the_first_value_of_an_empty_list_is_none() -> None:
    assert take.first(["a", "b"]) == "a"
    assert take.first([]) == ""


def test_a_mac_address_is_in_the_notation_of_ecs() -> None:
    assert take.macs(OPENED, ALL) == ["52-54-00-AB-34-56"]


def test_a_replay_has_no_interface() -> None:
    assert take.interfaces(OPENED, ALL) == ["eth0"]
    assert take.interfaces(OPENED, REPLAY) == []


def test_transports_have_the_names_of_ecs() -> None:
    assert take.transports(TUNNELLED, ALL) == ["ipv6-icmp", "ip"]
    assert take.named_transports(TUNNELLED, ALL) == ["ipv6-icmp"]


def test_port_0_is_none() -> None:
    assert take.ports(replace(OPENED, ports=(0, 80))) == [80]


@pytest.mark.parametrize(
    ("listed", "type_"),
    [(("10.0.0.1",), "ipv4"), (("::1", "::2"), "ipv6"), (("10.0.0.1", "::1"), ""), ((), "")],
)
def test_the_version_of_ip_is_that_of_all_sources(listed: tuple[str, ...], type_: str) -> None:
    assert take.network_type(replace(FLOOD, listed=listed), ALL) == type_


def test_an_address_is_related_once() -> None:
    alert = replace(OPENED, targets=("10.0.0.5", "10.0.0.9"), decoys=("10.0.0.9",))

    assert take.related(alert, ALL) == ["10.0.0.5", "10.0.0.9"]


def test_rules_are_those_that_are_written() -> None:
    assert take.rules(CLOSED, ONE) == CLOSED.rules[:1]
    assert take.of_rules("id")(CLOSED, ALL) == ["http.nse-user-agent", "tls.probe"]
    assert take.of_first_rule("title")(CLOSED, ALL) == CLOSED.rules[0].title
    assert take.of_first_rule("title")(replace(CLOSED, rules=()), ALL) == ""


def test_a_scan_is_described_by_the_page_of_its_technique() -> None:
    assert take.techniques(OPENED, ALL) == ["T1046"]
    assert take.reference(OPENED, ALL) == "https://attack.mitre.org/techniques/T1046/"
    for message in (TUNNELLED, FLOOD, BLIND):
        assert take.reference(message, ALL) == "man:nmapwatchd(8)"


@pytest.mark.parametrize(
    ("message", "tags"),
    [
        (OPENED, ["scan", "services"]),
        (replace(OPENED, explanation=Explanation((), activity=Activity.INTRUSIVE)),
         ["scan", "intrusive"]),
        (TUNNELLED, ["scan", "discovery", "authorised"]),
        (FLOOD, ["scan", "flood"]),
        (BLIND, ["sensor"]),
    ],
)  # fmt: skip
def test_tags_say_what_a_message_is_about(message: Message, tags: list[str]) -> None:
    assert take.tags(message, ALL) == tags
    assert take.tags(message, REPLAY) == [*tags, "replay"]


def test_evidence_is_decoded_and_printable() -> None:
    alert = replace(OPENED, evidence=(EvidenceItem("a", "b", "\xc3\xa9\n"),) * 2)

    assert take.evidence_rules(alert, ONE) == ["a"]
    assert take.evidence_fields(alert, ONE) == ["b"]
    assert take.evidence_values(alert, ONE) == [r"é\n"]
    assert take.quoted_evidence(alert, ALL) == [r"b=é\n"] * 2


def test_the_ends_of_tunnels_are_parallel() -> None:
    assert take.outer_sources(TUNNELLED, ALL) == ["192.0.2.1", "192.0.2.2"]
    assert take.outer_destinations(TUNNELLED, ALL) == ["192.0.2.9", "192.0.2.9"]
