"""What is read in SNMP requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.snmp import MATCHER
from tests.building import observation

# As nmap 7.93 wrote them: snmp-win32-users, and snmp-brute.
USERS = bytes.fromhex(
    "302902010004067075626c6963a11c020300f46b020100020100300f300d06092b060104014d0102190500"
)
BRUTE = bytes.fromhex(
    "303402010004 13726d6f6e6d676d747569636f6d6d756e697479 a01a020202e4020100020100300e300c0608"
    "2b060102010103000500"
)
# As Net-SNMP's snmpwalk -v1 writes it.
WALK = bytes.fromhex(
    "302702010004067075626c6963a11a02046b8b4567020100020100300c300a06062b06010201010500"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def accepts(payload: bytes) -> bool:
    return MATCHER.accepts(observation(payload=payload, transport=Transport.UDP))


def test_a_request_has_community_kind_and_object() -> None:
    fields = read(USERS)

    assert fields["community"] == ("public",)
    assert fields["request"] == ("1",)
    assert fields["object"] == ("\x2b\x06\x01\x04\x01\x4d\x01\x02\x19",)


def test_a_request_id_of_the_clock_is_short() -> None:
    assert read(USERS)["short_id"] == ("1",)
    assert read(BRUTE)["short_id"] == ("1",)


def test_a_request_id_of_31_random_bits_is_not_short() -> None:
    assert read(WALK)["short_id"] == ("0",)


def test_requests_with_the_communities_of_nmap_pass() -> None:
    assert accepts(USERS)
    assert accepts(BRUTE)


def test_an_answer_does_not_pass() -> None:
    assert not accepts(USERS.replace(b"\xa1\x1c", b"\xa2\x1c"))


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_raising(payload: bytes) -> None:
    assert isinstance(read(payload), dict)


@given(st.integers(min_value=0, max_value=len(USERS)))
def test_a_request_that_is_truncated_is_read_without_raising(length: int) -> None:
    assert isinstance(read(USERS[:length]), dict)


@pytest.mark.parametrize(("number", "short"), [(0, "1"), (64_999, "1"), (65_000, "0")])
def test_a_request_id_is_short_below_its_bound(number: int, short: str) -> None:
    message = USERS.replace(b"\x02\x03\x00\xf4\x6b", b"\x02\x03" + number.to_bytes(3))

    assert read(message)["short_id"] == (short,)


def test_every_object_is_read_and_a_truncated_one_as_far_as_it_goes() -> None:
    binding = b"\x30\x05\x06\x01\x2b\x05\0"
    request = b"\x02\x01\x01" * 3 + b"\x30\x0e" + binding * 2
    message = b"\x02\x01\0\x04\x06public\xa1" + bytes([len(request)]) + request
    message = b"\x30" + bytes([len(message)]) + message

    assert read(message)["object"] == ("+", "+")
    assert read(message[:-2])["object"] == ("+", "+")
    assert read(message[:-3])["object"] == ("+", "")
    assert read(message[:-4])["object"] == ("+",)


def test_a_request_without_its_four_parts_has_no_object() -> None:
    fields = read(USERS[:27])

    assert fields["community"] == ("public",)
    assert "object" not in fields


def test_a_message_of_fewer_than_three_parts_is_not_read() -> None:
    assert "community" not in read(b"\x30\x0b\x02\x01\0\x04\x06public")
