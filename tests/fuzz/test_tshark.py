"""Invariant: whatever tshark writes, a line is decoded or refused, and the next lines are read."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.decode import UndecodableError
from nmapwatchd.capture.tshark import OLDEST, PipedTshark
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.filters.dissection import dissection
from tests.capture.test_decode import DECODER, IN_VXLAN, line
from tests.fuzz.damage import damaged

LINES = [
    line(),
    line(ip__src="", ip__dst="", ipv6__src="::5", ipv6__dst="::8", vlan__id="12\x1f13"),
    line(tcp__srcport="", udp__srcport="53", udp__dstport="53", udp__payload="00:ff"),
    line(**IN_VXLAN),
    line(icmp__type="8\x1f8", tls__handshake__ja3="a", ip__ttl="0x40", ip__flags__df="True"),
]


@given(damaged(LINES, most=6))
def test_a_damaged_line_is_decoded_or_refused(data: bytes) -> None:
    try:
        seen = DECODER.decode(data)
    except UndecodableError:
        return
    assert seen.source_port >= 0
    assert seen.source


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        DECODER.decode(data)
    except UndecodableError:
        return


@given(st.dictionaries(st.sampled_from(DECODER.columns), st.text(max_size=12)))
def test_any_values_are_decoded_or_refused(values: dict[str, str]) -> None:
    try:
        DECODER.decode("\t".join(values.get(n, "") for n in DECODER.columns).encode())
    except UndecodableError:
        return


class Process:
    """A process that wrote these chunks, and ended."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        for chunk in chunks:
            self.stdout.feed_data(chunk)
            self.stderr.feed_data(chunk)
        self.stdout.feed_eof()
        self.stderr.feed_eof()


async def read(chunks: Sequence[bytes]) -> tuple[list[bytes], str]:
    """Return the lines that are read of what tshark writes, and its last error."""
    nothing = dissection(Catalogue.of([], []))
    tshark = PipedTshark(nothing, DECODER.columns, OLDEST, Path())
    process = Process(chunks)
    tshark._process = process  # type: ignore[assignment]
    await tshark._handle_process_stderr_forever(process.stderr)
    lines = [line async for batch in tshark.batches() for line in batch]
    return lines, tshark.last_error


@given(st.lists(damaged(LINES) | st.binary(max_size=30), max_size=6))
def test_every_line_is_read_however_it_is_split(chunks: list[bytes]) -> None:
    lines, last_error = asyncio.run(read([*chunks, b"\n", b"the last\n"]))

    assert lines[-1] == b"the last"
    assert last_error == "the last"
    assert b"\n" not in b"".join(lines)
