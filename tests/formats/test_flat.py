"""Flat fields have everything that a message has, bounded and printable."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.formats.flat import flat_fields
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED, messages


def fields(message: Message) -> dict[str, tuple[str, ...]]:
    found = list(flat_fields(message))
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def test_an_alert_has_all_its_fields_in_order_of_importance() -> None:
    full = replace(
        CLOSED, expected="audit", caveats=("spoofable",), decoys=("10.0.0.6",),
        decoys_omitted=2, targets_omitted=3, ports_omitted=4,
    )  # fmt: skip

    assert list(flat_fields(full)) == [
        ("action", ("scan-closed",)),
        ("event_id", (CLOSED.scan_id,)),
        ("severity", ("7",)),
        ("source", ("10.0.0.5",)),
        ("confidence", ("exclusive",)),
        ("expected", ("audit",)),
        ("caveat", ("spoofable",)),
        ("decoys", ("3",)),
        ("decoys_omitted", ("2",)),
        ("closed_by", ("idle",)),
        ("start", ("2026-11-22T11:49:19.426Z",)),
        ("end", ("2026-11-22T11:50:00.426Z",)),
        ("sightings", ("128",)),
        ("signatures", ("2",)),
        ("targets", ("6",)),
        ("targets_omitted", ("3",)),
        ("ports", ("6",)),
        ("ports_omitted", ("4",)),
        ("options", ("-sC", "-sV")),
        ("evidence", (f"user_agent={CLOSED.evidence[0].value}",)),
        ("rule", ("http.nse-user-agent", "tls.probe")),
        ("interface", ("eth0",)),
        ("vlan", ("12",)),
        ("mac", ("52-54-00-AB-34-56",)),
        ("decoy", ("10.0.0.6",)),
        ("target", ("10.0.0.8", "10.0.0.9", "10.0.0.10")),
        ("port", ("80", "443")),
    ]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"closed_by": "idle"}, {"closed_by"}),
        ({"expected": "audit"}, {"expected"}),
        ({"caveats": ("proxied",)}, {"caveat"}),
        ({"outer": ("192.0.2.1>192.0.2.9",)}, {"outer"}),
        ({"decoys": ("10.0.0.6",)}, {"decoys", "decoys_omitted"}),
    ],
)
def test_an_optional_field_is_present_only_with_a_value(
    change: dict[str, object], names: set[str]
) -> None:
    with_value = replace(OPENED, **change)  # type: ignore[arg-type]

    assert set(fields(with_value)) - set(fields(OPENED)) == names


def test_a_flood_has_all_its_fields_in_order_of_importance() -> None:
    assert list(flat_fields(replace(FLOOD, closed_by="idle"))) == [
        ("action", ("scan-flood",)),
        ("event_id", ("fedcba9876543210fedcba9876543210",)),
        ("severity", ("7",)),
        ("sources", ("1234",)),
        ("caveat", ("spoofable",)),
        ("closed_by", ("idle",)),
        ("start", ("2026-11-22T11:49:19.426Z",)),
        ("end", ("2026-11-22T11:49:28.426Z",)),
        ("macs", ("1",)),
        ("targets", ("1",)),
        ("ports", ("2",)),
        ("rule", ("tcp.raw-syn",)),
        ("interface", ("eth0",)),
        ("vlan", ("12",)),
        ("mac", ("52-54-00-AB-34-56",)),
        ("listed_source", ("198.51.100.7", "198.51.100.9", "198.51.100.200")),
        ("target", ("10.0.0.8",)),
        ("port", ("80", "443")),
    ]
    proven = dict(flat_fields(replace(FLOOD, caveats=())))
    assert not {"caveat", "closed_by"} & proven.keys()


def test_an_event_has_interfaces_detail_and_counts() -> None:
    found = fields(BLIND)

    assert found["interface"] == ("eth0",)
    assert found["detail"] == ("tshark died, signal 9",)
    assert found["count_frames"] == ("12",)
    assert found["count_kernel_drops"] == ("0",)


def test_the_name_of_a_counter_is_valid_in_every_format() -> None:
    found = fields(replace(BLIND, counts={"Überlauf am Eingang und Ausgang": 1}))

    assert found["count__berlauf_am_eingang_"] == ("1",)


@given(messages)
def test_any_field_is_bounded_and_printable(message: Message) -> None:
    for name, values in flat_fields(message):
        assert len(name) <= 32
        assert len(values) <= 32
        assert [value for value in values if not value.isprintable()] == []


def test_lists_are_bounded() -> None:
    many: Alert = replace(
        OPENED,
        evidence=OPENED.evidence * 40, macs=OPENED.macs * 40, ports=tuple(range(40)),
        targets=tuple(map(str, range(40))),
    )  # fmt: skip

    found = fields(many)

    assert {len(found[name]) for name in ("evidence", "mac", "port", "target")} == {32}
    assert (found["targets"], found["ports"]) == (("40",), ("40",))
