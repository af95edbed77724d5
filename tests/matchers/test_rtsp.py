"""What is read in RTSP requests."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.rtsp import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it.
DESCRIBE = b"DESCRIBE rtsp://127.0.0.1/zfsyfqkasdtlid RTSP/1.0\r\nCSeq: 1\r\n\r\n"


def test_a_request_has_what_it_asks_for_and_its_headers() -> None:
    fields = MATCHER.fields_of(observation(payload=DESCRIBE))

    assert fields["method"] == ("DESCRIBE",)
    assert fields["uri"] == ("rtsp://127.0.0.1/zfsyfqkasdtlid",)
    assert (fields["cseq"], fields["headers"]) == (("1",), ("cseq",))


def test_a_servers_reply_is_no_message_of_a_client() -> None:
    assert not MATCHER.accepts(observation(payload=b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert set(MATCHER.read(payload, Transport.TCP)) == set(MATCHER.fields)
