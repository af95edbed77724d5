"""A context bounds and escapes values; a row states a field."""

import pytest

from nmapwatchd.core.alert import Alert, FloodSummary
from nmapwatchd.formats.field import Bounds, Context, Rows, Type, is_address

FEW = Context(bounds=Bounds(rules=1, members=2, name=4, text=8))


def test_names_and_texts_are_printable_and_bounded() -> None:
    assert FEW.name("a\nb") == r"a\nb"
    assert len(FEW.name("abcdef")) == 4
    assert len(FEW.text("abcdefghijk")) == 8
    assert [len(name) for name in FEW.names(["abcdef"] * 3)] == [4, 4]


def test_of_a_list_the_first_members_are_kept_and_the_others_counted() -> None:
    assert FEW.numbers((3, 2, 1)) == [3, 2]
    assert FEW.omitted((3, 2, 1)) == 1
    assert FEW.omitted((3,), 5) == 5


def test_only_addresses_are_addresses() -> None:
    assert FEW.addresses(("10.0.0.1", "x", "10.0.0.2")) == ["10.0.0.1"]


@pytest.mark.parametrize("text", ["10.0.0.1", "::", "2001:db8::1", "::ffff:10.0.0.1"])
def test_an_address_is_recognised(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["", "x", "10.0.0", "10.0.0.1 ", "10.0.0.0/8", "fe80::1%eth0"])
def test_what_an_indexer_refuses_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_a_row_has_the_kinds_of_those_that_create_it() -> None:
    rows = Rows[Alert | FloodSummary](Alert, FloodSummary)

    row = rows("a.b", Type.LONG, "A number.", lambda m, _: m.sequence, flat="b", cef="cn1")

    assert row.kinds == (Alert, FloodSummary)
    assert (row.path, row.type, row.flat, row.cef) == ("a.b", "long", "b", "cn1")
    assert (row.is_list, row.omits_zero, row.since) == (False, False, "0.1.0")
