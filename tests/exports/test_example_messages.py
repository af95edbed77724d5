"""The examples of the reference are messages as the engine makes them."""

from nmapwatchd.core.alert import Alert
from nmapwatchd.exports.example_messages import CLOSED, EXPECTED, FLOOD, HEARTBEAT, OPENED
from nmapwatchd.formats.ecs import document
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.formats.ecs_schema import faults


def test_the_examples_are_documents_that_ecs_allows() -> None:
    for message in (OPENED, CLOSED, EXPECTED, FLOOD, HEARTBEAT):
        assert faults(document(message, Sensor("sensor1", "0.1.0")), type(message)) == []


def test_the_examples_have_signatures_of_the_catalogue() -> None:
    known = {row.id: (row.title, row.source) for row in shipped_catalogue().signatures}

    for rule in (*OPENED.rules, *CLOSED.rules, *FLOOD.rules):
        assert known[rule.id] == (rule.title, rule.reference)


def test_the_hits_of_the_signatures_are_those_of_the_scan() -> None:
    alerts: tuple[Alert, ...] = (OPENED, CLOSED, EXPECTED)

    for alert in alerts:
        assert sum(rule.count for rule in alert.rules) == alert.sightings
    assert OPENED.scan_id == CLOSED.scan_id
