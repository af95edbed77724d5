"""A canary passes the kernel's filter as a signature does, and is nothing else's."""

import struct

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


def test_a_proof_is_read_as_it_was_written() -> None:
    assert canary.read(payload(canary.packet(TOKEN, 77))) == (TOKEN, 77)


def test_the_moment_can_be_written_in_afterwards() -> None:
    packet = canary.packet(TOKEN)[: -canary.TIMESTAMP] + b"%016x" % 77

    assert packet == canary.packet(TOKEN, 77)


def test_a_proof_goes_no_further_than_one_hop() -> None:
    assert canary.packet(TOKEN)[8] == 1


def test_the_catalogue_names_a_proof_no_scan() -> None:
    seen = observation(payload=payload(canary.packet(TOKEN)), transport=Transport.UDP)

    assert shipped_catalogue().match(seen) == []
    assert [s.signature.id for s in canary.CATALOGUE.match(seen)] == ["canary.self-test"]


def test_the_filters_let_a_proof_through() -> None:
    wanted = int.from_bytes(canary.PREFIX[:4])

    programs = compile_filters(shipped_catalogue()).kernel.values()

    assert all(struct.pack("=I", wanted) in program for program in programs)


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda b: canary.PREFIX + b))
def test_every_payload_is_read_or_refused(data: bytes) -> None:
    found = canary.read(data)

    assert found is None or data == payload(canary.packet(*found))
