"""What is read in NetBIOS session requests and queries."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.netbios import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it.
NODE_STATUS = bytes.fromhex(
    "13370000000100000000000020434b4141414141414141414141414141414141414141414141414141414141"
    "410000210001"
)


def encoded(name: str) -> bytes:
    """Return sixteen bytes in first-level encoding, as RFC 1001 section 14.1 shows it."""
    letters = "".join(chr(65 + (b >> 4)) + chr(65 + (b & 15)) for b in name.encode("latin-1"))
    return b"\x20" + letters.encode() + b"\0"


SESSION_REQUEST = b"\x81\0\0\x44" + encoded("*SMBSERVER".ljust(16)) + encoded("NMAP".ljust(16))


def read(payload: bytes, transport: Transport) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=transport))


def test_a_session_request_has_who_calls_whom() -> None:
    fields = read(SESSION_REQUEST, Transport.TCP)

    assert fields["called"] == ("*SMBSERVER",)
    assert fields["calling"] == ("NMAP",)
    assert fields["calling_suffix"] == ("32",)


def test_a_node_status_query_has_id_type_and_name() -> None:
    fields = read(NODE_STATUS, Transport.UDP)

    assert fields["id"] == (str(0x1337),)
    assert fields["type"] == ("33",)
    assert fields["name"] == ("*",)


def test_an_answer_is_not_read() -> None:
    answer = NODE_STATUS[:2] + b"\x84\0" + NODE_STATUS[4:]
    query = observation(payload=NODE_STATUS, transport=Transport.UDP, destination_port=1137)

    assert MATCHER.accepts(query)
    assert not MATCHER.accepts(observation(payload=answer, transport=Transport.UDP))


def test_letters_beyond_p_are_no_name() -> None:
    assert read(SESSION_REQUEST.replace(b"C", b"Q"), Transport.TCP)["calling"] == ()


@given(st.binary(max_size=100), st.sampled_from(BOTH))
def test_any_bytes_are_read_without_an_error(tail: bytes, transport: Transport) -> None:
    for first in (SESSION_REQUEST, NODE_STATUS):
        assert isinstance(MATCHER.read(first[:40] + tail, transport), dict)
    assert isinstance(MATCHER.read(tail, transport), dict)


def test_the_letters_of_a_name_are_a_to_p() -> None:
    assert read(b"\x81\0\0\x44" + b"\x20" + b"PP" * 16, Transport.TCP)["called"] == ("\xff" * 15,)
    assert read(b"\x81\0\0\x44" + b"\x20" + b"PQ" * 16, Transport.TCP)["called"] == ()
    assert read(b"\x81\0\0\x44" + b"\x20" + b"P@" * 16, Transport.TCP)["called"] == ()


def test_a_truncated_name_is_not_read() -> None:
    called_only = SESSION_REQUEST[: 4 + 33]

    assert read(called_only, Transport.TCP)["called"] == ("*SMBSERVER",)
    assert read(called_only[:-1], Transport.TCP)["called"] == ()
    assert read(SESSION_REQUEST[: 38 + 33], Transport.TCP)["calling"] == ("NMAP",)
    assert read(SESSION_REQUEST[: 38 + 32], Transport.TCP)["calling"] == ()
    assert read(SESSION_REQUEST[: 38 + 32], Transport.TCP)["calling_suffix"] == ()


def test_a_name_of_another_length_is_not_read() -> None:
    assert read(SESSION_REQUEST.replace(b"\x20", b"\x1f"), Transport.TCP)["called"] == ()


def test_the_suffix_is_the_sixteenth_byte_and_no_part_of_the_name() -> None:
    request = b"\x81\0\0\x44" + encoded("A".ljust(16)) + encoded("FIFTEEN-LETTERS\x1f")
    fields = read(request, Transport.TCP)

    assert (fields["calling"], fields["calling_suffix"]) == (("FIFTEEN-LETTERS",), ("31",))


def test_the_flags_of_a_query_follow_its_id() -> None:
    assert read(b"\1\2\3\4\5" + bytes(60), Transport.UDP)["flags"] == (str(0x0304),)
