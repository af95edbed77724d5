"""The flood's frames are valid client messages."""

import struct
from itertools import islice
from pathlib import Path

from benchmarks.captures import messages_of, write_frames
from benchmarks.flood import ACTIVE, MESSAGES, flood, sources
from tests.frames import frame

TEST_REQUEST = frame(
    b"GET / HTTP/1.1\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n", ports=(4000, 80)
)
OTHER = frame(b"GET /odd HTTP/1.1\r\n\r\n!", ports=(4001, 80))


def first(number: int) -> list[bytes]:
    return list(islice(flood([OTHER, TEST_REQUEST]), number))


def source(sent: bytes) -> str:
    return ".".join(map(str, sent[26:30]))


def folded(data: bytes) -> int:
    """Return the sum of a packet with its checksum: 0xffff if that is correct (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_every_frame_belongs_to_a_new_flow() -> None:
    frames = first(2 * ACTIVE * MESSAGES + 5)

    assert len({sent[26:38] for sent in frames}) == len(frames)


def test_every_source_starts_with_the_test_request() -> None:
    started = set()
    for sent in first(ACTIVE * MESSAGES + ACTIVE):
        assert source(sent) in started or b"Nmap Scripting Engine" in sent
        started.add(source(sent))

    assert started == set(sources(ACTIVE * MESSAGES + ACTIVE))


def test_checksums_are_correct() -> None:
    for sent in first(ACTIVE + 7):
        pseudo = sent[26:34] + struct.pack("!HH", sent[23], len(sent) - 34)

        assert folded(sent[14:34]) == 0xFFFF
        assert folded(pseudo + sent[34:]) == 0xFFFF


def test_only_client_frames_are_messages(tmp_path: Path) -> None:
    response = frame(b"HTTP/1.1 200 OK\r\n\r\n", ports=(80, 4000))
    capture = tmp_path / "some.pcap"
    write_frames(capture, [TEST_REQUEST, response, OTHER])

    assert list(messages_of(capture)) == [TEST_REQUEST, OTHER]
