"""What the program stores of a packet's headers, on every link and however short it is."""

import struct

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters import headers
from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import (
    END,
    HEADER,
    IP_WORD,
    LINKS,
    NETWORK,
    PAYLOAD,
    SIZE,
    TCP_WORD,
    Found,
)
from tests.filters.machine import Run, run

IPV4, IPV6, PACKET, OTHER, REJECT = 4, 6, 20, 30, 99
START = 15  # a slot that the search leaves alone
PFLOG = 117
FIXED = [link for link in LINKS if link != PFLOG]
BODY = bytes(range(0x30, 0x58))


def ipv4(body: bytes = BODY, *, options: bytes = b"", total: int | None = None) -> bytes:
    size = 20 + len(options)
    length = size + len(body) if total is None else total
    fixed = struct.pack(">BBHHHBBH", 0x40 | size // 4, 0, length, 7, 0x4000, 64, 6, 0xABCD)
    return fixed + bytes(8) + options + body


def ipv6(body: bytes = BODY, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return struct.pack(">IHBB", 6 << 28, size, 17, 255) + bytes(32) + body


def located(frame: bytes, link: int = 1) -> Run:
    """
    Run the search for IP, and return what was found.

    Returns:
        The version, or `PACKET`, or `OTHER` plus the number of tags, or `REJECT`.
    """
    out = Assembler()
    others = tuple(Label() for _ in range(3))
    found = Found(Label(), Label(), Label(), others, Label())
    headers.emit_network(out, link, found)
    labels = (found.ipv4, found.ipv6, found.packet, *others, found.reject)
    results = (IPV4, IPV6, PACKET, *(OTHER + n for n in range(3)), REJECT)
    for label, result in zip(labels, results, strict=True):
        out.bind(label)
        out.emit(Code.STX, START)  # of what follows, if IP is not located
        out.emit(Code.RET_K, result)
    return run(out.assemble(), frame)


def link_header(link: int, version: int) -> bytes:
    """Return a frame's bytes before IP."""
    size, ethertype = LINKS[link]
    kind = b"\x08\x00" if version == IPV4 else b"\x86\xdd"
    if ethertype is None:
        return bytes(size)
    return bytes(ethertype) + kind + bytes(size - ethertype - 2)


def test_the_offsets_of_ip_and_of_its_type_are_those_of_the_link_types() -> None:
    assert {link: start for link, (start, _) in LINKS.items()} == {
        0: 4, 1: 14, 12: 0, 108: 4, 113: 16, 117: 0, 228: 0, 229: 0, 276: 20,
    }  # fmt: skip
    assert {link: kind for link, (_, kind) in LINKS.items() if kind is not None} == {
        1: 12, 113: 14, 276: 0,
    }  # fmt: skip


def test_what_is_known_of_the_headers_is_what_the_loads_require() -> None:
    assert (headers.KNOWN_NETWORK, headers.KNOWN_HEADER, headers.KNOWN_TCP) == (20, 8, 16)


@pytest.mark.parametrize("link", FIXED)
def test_ipv4_is_located_on_every_link(link: int) -> None:
    start = LINKS[link][0]
    found = located(link_header(link, IPV4) + ipv4(options=bytes(8)), link)

    assert found.returned == IPV4
    assert found.memory[NETWORK] == start
    assert found.memory[HEADER] == start + 28
    assert found.memory[END] == start + 28 + len(BODY)
    assert found.memory[IP_WORD] == 0x4000_4006


@pytest.mark.parametrize("link", FIXED)
def test_ipv6_is_located_on_every_link(link: int) -> None:
    start = LINKS[link][0]
    found = located(link_header(link, IPV6) + ipv6(), link)

    assert found.returned == IPV6
    assert found.memory[NETWORK] == start
    assert found.memory[HEADER] == start + 40
    assert found.memory[END] == start + 40 + len(BODY)
    assert found.memory[IP_WORD] == len(BODY) << 16 | 17 << 8 | 255


@pytest.mark.parametrize("tags", [(), (0x8100,), (0x88A8,), (0x8100, 0x8100), (0x88A8, 0x8100)])
@pytest.mark.parametrize("version", [IPV4, IPV6])
def test_ip_is_located_after_up_to_two_tags(tags: tuple[int, ...], version: int) -> None:
    kind = b"\x08\x00" if version == IPV4 else b"\x86\xdd"
    link = bytes(12) + b"".join(struct.pack(">HH", tag, 7) for tag in tags) + kind
    found = located(link + (ipv4() if version == IPV4 else ipv6()))

    assert (found.returned, found.memory[NETWORK]) == (version, 14 + 4 * len(tags))


@pytest.mark.parametrize("length", [45, 48, 61, 64, 100])
def test_a_packet_follows_the_padded_header_of_pflog(length: int) -> None:
    found = located(bytes([length]) + bytes(150), PFLOG)

    assert (found.returned, found.memory[START]) == (PACKET, (length + 3) // 4 * 4)


def test_what_follows_two_tags_is_left_to_others() -> None:
    tagged = bytes(12) + 3 * struct.pack(">HH", 0x8100, 7) + b"\x08\x00"
    found = located(tagged + ipv4())

    assert (found.returned, found.memory[START]) == (OTHER + 2, 14 + 8)


@pytest.mark.parametrize(("link", "start"), [(113, 16), (276, 20)])
def test_tags_of_cooked_frames_are_left_to_others(link: int, start: int) -> None:
    tagged = link_header(link, IPV4).replace(b"\x08\x00", b"\x81\x00")
    found = located(tagged + ipv4(), link)

    assert (found.returned, found.memory[START]) == (OTHER, start)


@pytest.mark.parametrize("kind", [0x0806, 0x86DC, 0x0801, 0x9100, 0x8847])
def test_another_ethertype_is_left_to_others(kind: int) -> None:
    found = located(bytes(12) + kind.to_bytes(2) + ipv4())

    assert (found.returned, found.memory[START]) == (OTHER, 14)


@pytest.mark.parametrize("nibble", [0, 3, 5, 7, 15])
def test_another_version_on_a_link_of_ip_alone_is_rejected(nibble: int) -> None:
    assert located(bytes([nibble << 4]) + bytes(60), 12).returned == REJECT


@pytest.mark.parametrize("length", range(14, 14 + 12))
def test_a_truncated_ipv4_header_is_rejected(length: int) -> None:
    """The last load is of the fragment word, which ends at the tenth byte."""
    frame = link_header(1, IPV4) + ipv4()

    assert located(frame[:length]).returned == (IPV4 if length >= 14 + 10 else 0)


@pytest.mark.parametrize("length", range(14, 14 + 12))
def test_a_truncated_ipv6_header_is_rejected(length: int) -> None:
    """The last load is of the length word, which ends at the eighth byte."""
    frame = link_header(1, IPV6) + ipv6()

    assert located(frame[:length]).returned == (IPV6 if length >= 14 + 8 else 0)


@pytest.mark.parametrize("length", [10, 33, 34, 35])
def test_a_network_header_must_be_complete(length: int) -> None:
    out = Assembler()
    out.emit(Code.LDX_IMM, 14)
    out.emit(Code.STX, NETWORK)
    headers.require_network(out)
    out.emit(Code.RET_K, 1)

    assert run(out.assemble(), bytes(length)).accepted is (length >= 14 + 20)


@pytest.mark.parametrize(("transport", "known"), [(Transport.TCP, 16), (Transport.UDP, 8)])
def test_a_transport_header_must_reach_to_what_is_known_of_it(
    transport: Transport, known: int
) -> None:
    out = Assembler()
    out.emit(Code.LDX_IMM, 34)
    out.emit(Code.STX, HEADER)
    headers.require_header(out, transport)
    out.emit(Code.RET_K, 1)
    program = out.assemble()

    assert not run(program, bytes(34 + known - 1)).accepted
    assert run(program, bytes(34 + known)).accepted


def test_the_word_of_tcps_flags_is_stored() -> None:
    out = Assembler()
    out.emit(Code.LDX_IMM, 2)
    out.emit(Code.STX, HEADER)
    headers.require_header(out, Transport.TCP)
    out.emit(Code.RET_K, 1)

    found = run(out.assemble(), bytes(2 + 12) + b"\x50\x02\x04\x00" + bytes(4))
    assert found.memory[TCP_WORD] == 0x5002_0400


def payload_of(frame: bytes, transport: Transport, end: int, wire: int | None = None) -> Run:
    """Run the search for the payload of a frame whose transport header is at its start."""
    out, reject = Assembler(), Label()
    out.emit(Code.LDX_IMM, 0)
    out.emit(Code.STX, HEADER)
    out.emit(Code.LD_IMM, end & 0xFFFFFFFF)
    out.emit(Code.ST, END)
    headers.require_header(out, transport)
    headers.emit_payload(out, transport, reject)
    out.emit(Code.RET_K, 1)
    out.bind(reject)
    out.emit(Code.RET_K, REJECT)
    return run(out.assemble(), frame, wire)


def tcp(words: int) -> bytes:
    return bytes(12) + bytes([words << 4, 0x18]) + bytes(4 * words - 14)


@pytest.mark.parametrize("words", [5, 6, 15])
def test_a_payload_follows_tcps_options(words: int) -> None:
    frame = tcp(words) + b"abc"
    found = payload_of(frame, Transport.TCP, len(frame))

    assert (found.returned, found.memory[PAYLOAD], found.memory[SIZE]) == (1, 4 * words, 3)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.ICMP, Transport.SCTP])
def test_a_payload_follows_eight_bytes_of_any_other_header(transport: Transport) -> None:
    found = payload_of(bytes(8) + b"abc", transport, 11)

    assert (found.returned, found.memory[PAYLOAD], found.memory[SIZE]) == (1, 8, 3)


@pytest.mark.parametrize(
    ("end", "size"),
    [
        (9, 1),  # the rest is padding
        (11, 3),
        (13, 5),
        (14, 5),  # beyond the frame, which ends it
        (500, 5),
        (7, 5),  # before the payload: left open by the sender
        (0, 5),
        (-20, 5),
    ],
)
def test_a_payload_ends_where_ip_or_else_the_frame_does(end: int, size: int) -> None:
    found = payload_of(bytes(8) + b"abcde", Transport.UDP, end)

    assert (found.returned, found.memory[SIZE]) == (1, size)


def test_a_packet_without_payload_is_rejected() -> None:
    assert payload_of(bytes(8), Transport.UDP, 8).returned == REJECT
    assert payload_of(bytes(8) + bytes(6), Transport.UDP, 8).returned == REJECT
    assert payload_of(tcp(5), Transport.TCP, 20).returned == REJECT


def test_the_size_is_that_of_the_wire_if_less_was_captured() -> None:
    found = payload_of(bytes(8) + b"ab", Transport.UDP, 8 + 1000, wire=8 + 1000)

    assert found.memory[SIZE] == 1000
