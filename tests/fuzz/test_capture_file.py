"""Invariant: any bytes are recognised as a filterable capture file or not, in bounded time."""

import io
import struct
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.file_format import HEAD, UnknownFormatError, file_format
from tests.fuzz.damage import damaged
from tests.golden import goldens

PCAP = goldens("clients")[0].path.read_bytes()[:2000]
_SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
_INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
_PACKET = struct.pack("<II", 6, 32) + bytes(20) + struct.pack("<I", 32)
PCAPNG = _SECTION + _INTERFACE + _PACKET * 3
ETHERNET = {1: b"", 12: b""}


class Read(io.BytesIO):
    """Counts how often it was read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        return super().read(size)


@given(damaged([PCAP, PCAPNG, PCAPNG.replace(_INTERFACE, _INTERFACE * 2)]) | st.binary())
def test_any_bytes_are_recognised_or_not_and_the_file_is_left_at_its_start(data: bytes) -> None:
    file = Read(data)
    head = file.read(HEAD)
    file.reads = 0

    with suppress(UnknownFormatError):
        file_format(head, file).is_filterable(ETHERNET)
    assert not file.seekable() or file.tell() in {0, len(head)}
    assert file.reads <= len(data) // 12 + 2


def test_the_examples_are_captures() -> None:
    assert file_format(PCAP[:HEAD], io.BytesIO(PCAP)).is_filterable(ETHERNET)
    assert file_format(PCAPNG[:HEAD], io.BytesIO(PCAPNG)).is_filterable(ETHERNET)
