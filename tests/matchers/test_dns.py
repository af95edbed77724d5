"""What is read in DNS requests, over UDP and TCP."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.dns import MATCHER
from tests.building import observation

# Each as nmap 7.93 wrote it to BIND.
NSID = bytes.fromhex(
    "000101000001000000000001026964067365727665720000100003000029100000008000000400030000"
)
ZONE_TRANSFER = bytes.fromhex("0016dead0000000100000000000004746573740000fc0001")
STATUS = bytes.fromhex("000010000000000000000000")


def read(payload: bytes, transport: Transport) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=transport))


def test_a_query_tells_id_flags_name_type_and_class() -> None:
    fields = read(NSID, Transport.UDP)

    assert fields["id"] == ("1",)
    assert fields["flags"] == (str(0x0100),)
    assert fields["name"] == ("id.server",)
    assert fields["type"] == ("16",)
    assert fields["class"] == ("3",)


def test_an_edns_record_follows_the_question() -> None:
    fields = read(NSID, Transport.UDP)

    assert fields["additional"] == ("1",)
    assert fields["trailer"][0].encode("latin-1").hex() == "000029100000008000000400030000"


def test_a_query_over_tcp_has_its_length_before_it() -> None:
    fields = read(ZONE_TRANSFER, Transport.TCP)

    assert fields["id"] == (str(0xDEAD),)
    assert fields["name"] == ("test",)
    assert fields["type"] == ("252",)


def test_a_status_request_is_accepted_on_any_port_and_an_answer_on_none() -> None:
    answer = STATUS[:2] + b"\x90\x04" + STATUS[4:]
    udp = Transport.UDP

    assert MATCHER.accepts(observation(payload=STATUS, transport=udp, destination_port=4000))
    assert not MATCHER.accepts(observation(payload=answer, transport=udp))


def test_nothing_is_read_of_a_question_with_a_compressed_name() -> None:
    compressed = NSID[:12] + b"\x02id\xc0\x0c" + NSID[23:]

    assert not read(compressed, Transport.UDP).keys() & {"name", "type", "class", "trailer"}


def test_an_endless_name_ends_the_reading() -> None:
    endless = NSID[:12] + b"\1a" * 700

    assert len(read(endless, Transport.UDP)["name"][0]) < 300


@given(st.binary(max_size=300), st.sampled_from(BOTH), st.integers(0, len(NSID)))
def test_any_bytes_are_read_without_a_fault(tail: bytes, over: Transport, kept: int) -> None:
    assert isinstance(MATCHER.read(NSID[:kept] + tail, over), dict)
