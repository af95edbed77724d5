"""A canary passes the filters as a scan does, and is taken for no scan."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core import canary
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import observation

TOKEN = "0123456789abcdef" * 2


def payload(packet: bytes) -> bytes:
    return packet[28:]


def test_a_canary_is_read_as_it_was_written() -> None:
    assert canary.read(payload(canary.packet(TOKEN, 77))) == (TOKEN, 77)


def test_the_timestamp_can_be_changed_afterwards() -> None:
    packet = canary.packet(TOKEN)[: -canary.TIMESTAMP] + b"%016x" % 77

    assert packet == canary.packet(TOKEN, 77)


def test_a_canary_goes_no_further_than_one_hop() -> None:
    assert canary.packet(TOKEN)[8] == 1


def test_the_catalogue_does_not_match_a_canary() -> None:
    seen = observation(payload=payload(canary.packet(TOKEN)), transport=Transport.UDP)

    assert shipped_catalogue().match(seen) == []
    assert [s.signature.id for s in canary.CATALOGUE.match(seen)] == ["canary.self-test"]


def test_the_filters_accept_a_canary() -> None:
    expected = int.from_bytes(canary.PREFIX[:4])

    programs = compile_filters(shipped_catalogue()).kernel.values()

    assert all(struct.pack("=I", expected) in program for program in programs)


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda b: canary.PREFIX + b))
def test_every_payload_is_read_exactly_or_refused(data: bytes) -> None:
    found = canary.read(data)

    assert found is None or data == payload(canary.packet(*found))


def test_a_canary_is_a_valid_ipv4_datagram() -> None:
    packet = canary.packet(TOKEN, 77)
    header, datagram = packet[:20], packet[20:]

    version, service, length, number, fragment, _, protocol, _, source, destination = struct.unpack(
        ">BBHHHBBH4s4s", header
    )
    assert (version, length, fragment, protocol) == (0x45, len(packet), 0x4000, 17)
    assert (service, number) == (0, 0)
    assert (source, destination) == (bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    assert canary.SOURCE == "192.0.2.1"
    assert struct.unpack(">HHHH", datagram[:8]) == (9, 9, len(datagram), 0)


@given(st.integers(0, 2**64 - 1))
def test_the_checksum_of_the_header_is_right(timestamp: int) -> None:
    words = struct.unpack(">10H", canary.packet(TOKEN, timestamp)[:20])

    # A receiver adds up all words, carries included, and gets all ones (RFC 1071).
    assert words[5] != 0
    total = sum(words)
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


@given(st.binary(min_size=20, max_size=20))
def test_the_checksum_is_that_of_rfc_1071(header: bytes) -> None:
    zeroed = header[:10] + header[12:]

    total = canary._checksum(zeroed) + sum(struct.unpack(">9H", zeroed))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


@pytest.mark.parametrize(
    ("words", "checksum"),
    [((0xFFFF, 1), 0xFFFE), ((0xFFFF,), 0), ((0xFFFF, 0xFFFF), 0), ((0, 1), 0xFFFE)],
)
def test_carries_are_added_to_the_checksum(words: tuple[int, ...], checksum: int) -> None:
    assert canary._checksum(struct.pack(f">{len(words)}H", *words)) == checksum


def test_the_timestamp_is_zero_by_default() -> None:
    assert canary.packet(TOKEN) == canary.packet(TOKEN, 0)


def test_a_payload_is_read_with_its_whole_form_only() -> None:
    whole = payload(canary.packet(TOKEN, 77))

    assert canary.read(whole[:-1]) is None
    assert canary.read(whole + b"0") is None
    assert canary.read(whole.replace(b"a", b"g")) is None
    assert canary.read(b" " + whole) is None


def test_a_canary_s_parts_have_the_sizes_that_its_sender_relies_on() -> None:
    whole = payload(canary.packet(TOKEN, 0))

    assert whole == b"%b%b %b" % (canary.PREFIX, TOKEN.encode(), b"0" * canary.TIMESTAMP)
    assert len(TOKEN) == canary.TOKEN


def test_the_canary_s_catalogue_reads_only_datagrams() -> None:
    seen = observation(payload=payload(canary.packet(TOKEN)), transport=Transport.TCP)

    assert canary.CATALOGUE.match(seen) == []
