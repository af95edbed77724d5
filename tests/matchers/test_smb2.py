"""What is read in SMB 2 negotiates, and what is not taken for one."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.smb2 import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it to Samba.
NEGOTIATE = bytes.fromhex(
    "000000b4fe534d4240000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000003132333435363738393031323334353624000500010000000000000031323334353637383930"
    "31323334353670000000020000000202100200030203110300000200060000000000020002000100000001002c"
    "000000000002000200010001002000010000000000000000000000000000000000010000000000000000000000"
    "00000000"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_negotiate_has_guid_signature_dialects_and_credits() -> None:
    fields = read(NEGOTIATE)

    assert fields["client_guid"] == ("1234567890123456",)
    assert fields["signature"] == ("1234567890123456",)
    assert fields["dialects"] == ("\x02\x02\x10\x02\x00\x03\x02\x03\x11\x03",)
    assert fields["credits"] == ("0",)


def test_a_reply_and_other_commands_are_not_read() -> None:
    reply = NEGOTIATE[:20] + b"\x01" + NEGOTIATE[21:]
    session_setup = NEGOTIATE[:16] + b"\x01" + NEGOTIATE[17:]

    assert MATCHER.accepts(observation(payload=NEGOTIATE, destination_port=4450))
    assert not MATCHER.accepts(observation(payload=reply))
    assert not MATCHER.accepts(observation(payload=session_setup))


@given(st.binary(max_size=200), st.integers(0, len(NEGOTIATE)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(NEGOTIATE[:kept] + tail, Transport.TCP), dict)


def test_a_negotiate_needs_all_of_its_header() -> None:
    assert read(NEGOTIATE[:104])["dialects"] == ("",)
    assert "client_guid" not in read(NEGOTIATE[:103])


def test_dialects_are_counted_and_read_as_far_as_they_were_captured() -> None:
    assert read(NEGOTIATE[:108])["dialects"] == ("\x02\x02\x10\x02",)
    fewer = NEGOTIATE[:70] + b"\x01\0" + NEGOTIATE[72:]
    assert read(fewer)["dialects"] == ("\x02\x02",)
    many = NEGOTIATE[:70] + b"\x00\x01" + NEGOTIATE[72:]
    assert len(read(many)["dialects"][0]) == len(NEGOTIATE) - 104


def test_signature_and_guid_are_sixteen_bytes_at_their_offsets() -> None:
    numbered = NEGOTIATE[:52] + bytes(range(52, 104))
    fields = read(numbered)

    assert fields["signature"][0].encode("latin-1") == bytes(range(52, 68))
    assert fields["client_guid"][0].encode("latin-1") == bytes(range(80, 96))


def test_credits_are_two_bytes_low_byte_first() -> None:
    assert read(NEGOTIATE[:18] + b"\x01\x02\x03" + NEGOTIATE[21:])["credits"] == (str(0x0201),)
