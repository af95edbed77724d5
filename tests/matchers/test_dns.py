"""What is read in DNS requests, over UDP and TCP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.dns import MATCHER, MAXIMUM_LABELS
from tests.building import observation

# Each as nmap 7.93 wrote it to BIND.
NSID = bytes.fromhex(
    "000101000001000000000001026964067365727665720000100003000029100000008000000400030000"
)
ZONE_TRANSFER = bytes.fromhex("0016dead0000000100000000000004746573740000fc0001")
STATUS = bytes.fromhex("000010000000000000000000")


def read(payload: bytes, transport: Transport) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=transport))


def test_a_query_has_id_flags_name_type_and_class() -> None:
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
def test_any_bytes_are_read_without_an_error(tail: bytes, over: Transport, kept: int) -> None:
    assert isinstance(MATCHER.read(NSID[:kept] + tail, over), dict)


def query(name: bytes, after: bytes = b"\0\x10\0\3") -> bytes:
    """Return a query over UDP of a name in labels."""
    return NSID[:12] + name + b"\0" + after


def test_a_label_has_up_to_63_characters() -> None:
    assert read(query(b"\x3f" + b"a" * 63), Transport.UDP)["name"] == ("a" * 63,)
    assert read(query(b"\x40" + b"a" * 64), Transport.UDP).get("name") != ("a" * 64,)


def test_a_name_has_up_to_127_labels() -> None:
    assert read(query(b"\1a" * 126), Transport.UDP)["name"] == (".".join("a" * 126),)
    assert read(query(b"\1a" * MAXIMUM_LABELS), Transport.UDP)["name"] == (".".join("a" * 127),)


def test_the_root_has_no_label() -> None:
    assert read(query(b""), Transport.UDP)["name"] == ("",)


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_nothing_is_read_of_a_truncated_question(missing: int) -> None:
    whole = query(b"\1a")

    assert read(whole, Transport.UDP)["trailer"] == ("",)
    assert "name" not in read(whole[:-missing], Transport.UDP)


def test_the_offsets_over_tcp_are_two_bytes_further() -> None:
    udp = read(NSID, Transport.UDP)
    tcp = read(len(NSID).to_bytes(2) + NSID, Transport.TCP)

    for field in ("id", "flags", "name", "type", "class", "additional", "trailer"):
        assert tcp[field] == udp[field]


def test_type_and_class_are_two_bytes_each() -> None:
    fields = read(query(b"\1a", b"\x12\x34\x56\x78\x9a"), Transport.UDP)

    assert (fields["type"], fields["class"]) == ((str(0x1234),), (str(0x5678),))
    assert fields["trailer"] == ("\x9a",)
