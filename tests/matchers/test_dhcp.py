"""What is read in DHCP messages of clients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.dhcp import MATCHER, MAXIMUM_OPTIONS
from tests.building import observation

# As broadcast-dhcp-discover of nmap 7.93 wrote it.
DISCOVER = bytes.fromhex(
    "010106003d30cfff0000800000000000000000000000000000000000deadc0decafe0000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000638253633501013740fc0102030405060708090a0b0c0d0e0f101112131415161718"
    "191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d4342ff"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def test_a_discover_has_address_type_flags_and_options() -> None:
    fields = read(DISCOVER)

    assert fields["mac"][0].encode("latin-1").hex() == "deadc0decafe"
    assert fields["message_type"] == ("1",)
    assert fields["flags"] == (str(0x8000),)
    assert fields["options"] == ("53-55",)
    assert len(fields["requested"][0]) > 5


def test_an_offer_is_not_read() -> None:
    udp = Transport.UDP

    assert MATCHER.accepts(observation(payload=DISCOVER, transport=udp))
    assert not MATCHER.accepts(observation(payload=b"\x02" + DISCOVER[1:], transport=udp))


def test_options_are_counted_up_to_a_ceiling() -> None:
    endless = DISCOVER[:240] + b"\x0c\0" * 600

    assert read(endless)["options"][0].count("-") < 100


@given(st.binary(max_size=300), st.integers(0, len(DISCOVER)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(DISCOVER[:kept] + tail, Transport.UDP), dict)


def options(data: bytes) -> Fields:
    return read(DISCOVER[:240] + data)


def test_the_address_is_the_six_bytes_at_its_offset() -> None:
    moved = bytearray(DISCOVER)
    moved[28:35] = b"ABCDEFG"

    assert read(bytes(moved))["mac"] == ("ABCDEF",)


@pytest.mark.parametrize(
    ("data", "listed"),
    [
        (b"", ""),
        (b"\x35", ""),  # a code without a length
        (b"\x35\x01", "53"),
        (b"\x35\x01\x08", "53"),
        (b"\x35\x01\x08\x37\x00", "53-55"),
        (b"\x35\x01\x08\xff\x37\x00", "53"),  # the end
        (b"\x35\x01\x08\x00\x37\x00", "53"),  # padding
    ],
)
def test_options_are_read_up_to_the_end_or_the_last_whole_one(data: bytes, listed: str) -> None:
    assert options(data)["options"] == (listed,)


def test_a_truncated_type_is_0_and_a_requested_list_what_is_left() -> None:
    assert options(b"\x35\x01")["message_type"] == ("0",)
    assert options(b"\x35\x02\x08\x09")["message_type"] == ("8",)
    assert options(b"\x37\x04ab")["requested"] == ("ab",)


def test_so_many_options_are_read() -> None:
    assert options(b"\x0c\0" * (MAXIMUM_OPTIONS - 1))["options"][0].count("-") == 62
    assert options(b"\x0c\0" * (MAXIMUM_OPTIONS + 1))["options"][0].count("-") == 63


def test_an_option_has_its_own_bytes_only() -> None:
    assert options(b"\x37\x02ab\x35\x01\x08")["requested"] == ("ab",)
    assert options(b"\x37\x02ab\x35\x01\x08")["message_type"] == ("8",)
