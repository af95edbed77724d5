"""What is read in MongoDB queries."""

from nmapwatchd.core.observation import Fields
from nmapwatchd.matchers.mongodb import MATCHER
from tests.building import observation

# As mongodb-info of nmap 7.93 wrote it.
SERVER_STATUS = bytes.fromhex(
    "3d0000003c300000ffffffffd407000000000000746573742e24636d640000000000ffffffff17000000107365"
    "72766572537461747573000100000000"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_query_has_its_ids_low_byte_first() -> None:
    fields = read(SERVER_STATUS)

    assert 12_345 <= int(fields["request_id"][0]) <= 12_352
    assert fields["response_to"] == (str(0xFFFFFFFF),)


def test_a_reply_is_not_read() -> None:
    reply = SERVER_STATUS[:12] + b"\x01\0\0\0" + SERVER_STATUS[16:]

    assert MATCHER.accepts(observation(payload=SERVER_STATUS, destination_port=9001))
    assert not MATCHER.accepts(observation(payload=reply, destination_port=9001))


def test_ids_that_are_truncated_are_not_read() -> None:
    assert "response_to" not in read(SERVER_STATUS[:10])
