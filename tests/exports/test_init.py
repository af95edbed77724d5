"""Every format of the catalogue is written by its module."""

import json
from collections.abc import Callable

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.exports import FORMATS, write
from nmapwatchd.exports.alerts import alerts
from nmapwatchd.exports.listing import json_list, table
from nmapwatchd.exports.markdown import markdown
from nmapwatchd.exports.suricata import suricata
from nmapwatchd.exports.wireshark import wireshark
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, tune


def test_the_formats_are_those_of_the_command_line() -> None:
    assert FORMATS == ("table", "json", "markdown", "suricata", "wireshark", "alerts")


def test_each_format_is_written_by_its_module() -> None:
    catalogue = shipped_catalogue()

    def reference(_: Catalogue) -> str:
        return alerts()

    writers: tuple[Callable[[Catalogue], str], ...]
    writers = (table, json_list, markdown, suricata, wireshark, reference)

    for output, writer in zip(FORMATS, writers, strict=True):
        assert write(catalogue, output) == writer(catalogue), output


def test_json_lists_every_signature() -> None:
    catalogue = shipped_catalogue()

    ids = [row["id"] for row in json.loads(write(catalogue, "json"))]

    assert ids == [signature.id for signature in catalogue.signatures]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        write(shipped_catalogue(), "xml")


def test_rules_for_other_programs_leave_out_what_is_off() -> None:
    everything, changes, _ = tune(shipped_catalogue(), [Adjustment("d", "http.*", None)])

    for output, writer in (("suricata", suricata), ("wireshark", wireshark)):
        expected = writer(everything.without(changes))
        assert write(everything, output, changes) == expected != writer(everything)
