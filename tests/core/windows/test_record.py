"""A record is everything that is known of a scan, and identifies the scan and the scanner."""

import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.windows.record import WindowRecord
from tests.delivery.test_codec import WINDOW, windows

_PARTS = st.text("a=&%0.", max_size=4)


def identity(by: tuple[str, ...], *key: str) -> str:
    return WindowRecord(by, key, key[-1], key[0], 0, 0).identity


def test_the_id_of_a_scan_is_a_hash_of_its_key_and_first_packet() -> None:
    record = WindowRecord(("source", "vlan"), ("10.0.0.5", "12", ""), "", "10.0.0.5", 7, 9)

    assert record.scan_id == hashlib.sha256(b"10.0.0.5\x0012\0\x007").hexdigest()[:32]


def test_the_id_of_a_scan_changes_with_its_first_packet_only() -> None:
    record = WindowRecord(("source",), ("10.0.0.5", ""), "", "10.0.0.5", 7, 9)

    assert replace(record, last=8, sightings=1, source="10.0.0.6").scan_id == record.scan_id
    assert replace(record, first=8).scan_id != record.scan_id
    assert replace(record, key=("10.0.0.6", "")).scan_id != record.scan_id


def test_a_key_that_is_not_unicode_has_an_id() -> None:
    assert WindowRecord(("interface",), ("\udcff.pcap", ""), "", "", 0, 0).scan_id


@pytest.mark.parametrize(
    ("by", "key", "expected"),
    [
        (("source",), ("10.0.0.5", ""), "source=10.0.0.5"),
        (("source", "vlan"), ("fe80::1", "12,13", ""), "source=fe80::1&vlan=12,13"),
        (("source",), ("10.0.0.5", "weekly audit"), "source=10.0.0.5&expected=weekly audit"),
        (("interface",), ("a=b&c%", ""), "interface=a%3Db%26c%25"),
        ((), ("",), ""),
    ],
)
def test_the_identity_of_a_scanner_is_what_its_windows_are_keyed_by(
    by: tuple[str, ...], key: tuple[str, ...], expected: str
) -> None:
    assert identity(by, *key) == expected


def test_the_identity_of_a_scanner_has_its_own_address_once_that_is_known() -> None:
    record = WindowRecord(("mac", "source"), ("a:b", "10.0.0.66", ""), "", "10.0.0.5", 0, 0)

    assert record.identity == "mac=a:b&source=10.0.0.5"


def test_the_identity_of_a_scanner_does_not_depend_on_time() -> None:
    assert replace(WINDOW, first=0, last=1).identity == WINDOW.identity


@given(st.tuples(_PARTS, _PARTS, _PARTS), st.tuples(_PARTS, _PARTS, _PARTS))
def test_no_value_imitates_another_part(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    by = ("source", "mac")

    assert (identity(by, *one) == identity(by, *other)) == (one == other)


@given(windows)
def test_a_copy_is_equal_and_shares_no_table(record: WindowRecord) -> None:
    copy = record.copy()

    assert copy == record
    tables = [f.name for f in fields(record) if isinstance(getattr(record, f.name), dict)]
    assert len(tables) == 12
    for name in tables:
        assert getattr(copy, name) is not getattr(record, name)


def test_a_record_of_a_reported_window_is_consistent() -> None:
    assert WINDOW.inconsistency() == ""
    assert replace(WINDOW, evidence={}).inconsistency() == ""


def test_a_new_record_was_not_reported() -> None:
    record = WindowRecord(("source",), ("10.0.0.5", ""), "", "10.0.0.5", 7, 7)

    assert (record.alert_count, record.reported, record.reported_sightings) == (0, (0, 0, 0), 0)
    assert (record.score, record.sightings, record.last_alert_at) == (0, 0, 0)
    flags = record.closed, record.proxied, record.source_confirmed, record.source_conflict
    assert flags == (False, False, False, False)


@pytest.mark.parametrize("key", [("10.0.0.5", "audit"), ("",), ("10.0.0.5", "12", "")])
def test_a_key_that_does_not_follow_from_the_other_fields_is_inconsistent(
    key: tuple[str, ...],
) -> None:
    assert replace(WINDOW, key=key).inconsistency().startswith("key: ")
