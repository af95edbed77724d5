"""What is read in Kerberos requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.kerberos import MATCHER
from tests.building import observation

# As nmap 7.93 wrote them: the service probe, and krb5-enum-users that asks for "nmap".
PROBE = bytes.fromhex(
    "6a816e30816ba103020105a20302010aa4815e305ca00703050050800010a2041b024e4da3173015a003020100a1"
    "0e300c1b066b72627467741b024e4da511180f31393730303130313030303030305aa70602041f1eb9d9a8173015"
    "020112020111020110020117020101020103020102"
)
ENUM_USERS = bytes.fromhex(
    "6a8189308186a103020105a20302010aa47a3078a00703050040000000a111300fa003020101a10830061b046e6d"
    "6170a20d1b0b4558414d504c452e4f5247a320301ea003020102a11730151b066b72627467741b0b4558414d504c"
    "452e4f5247a511180f32303236313132323233353731355aa7060204094a7681a80e300c02011202011102011002"
    "0117"
)
# The same for a realm of four letters: lengths of one byte.
SHORT = bytes.fromhex(
    "6a7a3078a103020105a20302010aa46c306aa00703050040000000a111300fa003020101a10830061b046e6d6170"
    "a2061b0454455354a3193017a003020102a110300e1b066b72627467741b0454455354a511180f32303236313132"
    "333032343534375aa7060204094a7681a80e300c020112020111020110020117"
)


def read(payload: bytes, transport: Transport = Transport.UDP) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=transport))


def test_a_request_has_realm_options_end_and_nonce() -> None:
    fields = read(PROBE)

    assert fields["realm"] == ("NM",)
    assert fields["options"] == ("\x50\x80\0\x10",)
    assert fields["till"] == ("19700101000000Z",)
    assert fields["nonce"] == ("\x1f\x1e\xb9\xd9",)


def test_a_request_has_for_whom_it_asks() -> None:
    fields = read(ENUM_USERS)

    assert fields["client"] == ("nmap",)
    assert fields["realm"] == ("EXAMPLE.ORG",)
    assert fields["nonce"] == ("\x09\x4a\x76\x81",)


def test_a_request_with_short_lengths_is_read_too() -> None:
    assert read(SHORT)["nonce"] == ("\x09\x4a\x76\x81",)


def test_over_tcp_a_length_precedes() -> None:
    assert read(len(PROBE).to_bytes(4) + PROBE, Transport.TCP)["realm"] == ("NM",)


@pytest.mark.parametrize("request_", [PROBE, ENUM_USERS, SHORT])
def test_both_transports_are_opened(request_: bytes) -> None:
    over_tcp = len(request_).to_bytes(4) + request_

    assert MATCHER.accepts(observation(payload=request_, transport=Transport.UDP))
    assert MATCHER.accepts(observation(payload=over_tcp, transport=Transport.TCP))


@given(st.binary(max_size=300), st.sampled_from(BOTH))
def test_any_bytes_are_read_without_raising(payload: bytes, transport: Transport) -> None:
    assert isinstance(read(payload, transport), dict)


@given(st.integers(min_value=0, max_value=len(ENUM_USERS)))
def test_a_request_that_is_truncated_is_read_without_raising(length: int) -> None:
    assert isinstance(read(ENUM_USERS[:length]), dict)


def test_a_clients_name_has_several_components() -> None:
    name = b"\x30\x11\xa0\x03\x02\x01\x01\xa1\x0a\x30\x08\x1b\x01a\x1b\x03b/c"
    body = b"\xa1" + bytes([len(name)]) + name
    body = b"\x30" + bytes([len(body)]) + body
    message = b"\xa4" + bytes([len(body)]) + body
    message = b"\x30" + bytes([len(message)]) + message

    assert read(b"\x6a" + bytes([len(message)]) + message)["client"] == ("a", "b/c")


def test_options_are_without_the_count_of_unused_bits() -> None:
    assert len(read(ENUM_USERS)["options"][0]) == 4


@pytest.mark.parametrize("field", ["realm", "till", "nonce"])
def test_a_field_is_read_as_far_as_it_was_captured(field: str) -> None:
    whole = read(SHORT)[field][0]
    found = [read(SHORT[:length]).get(field, ("",))[0] for length in range(len(SHORT))]

    assert all(whole.startswith(value) for value in found)
    assert found[-1] == whole
    assert found[0] == ""
