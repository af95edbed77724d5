"""
The law: what a signature accepts, every filter that is compiled from it accepts.

It is shown with filters on and off: both ways give the same sightings.
"""

import asyncio
import random
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import find_tshark
from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.wireshark import wireshark
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import TAGS, frame, frames_of, write_capture

CATALOGUE = shipped_catalogue()
SIEVE = compile_filters(CATALOGUE)
OPEN = replace(SIEVE, kernel={})
# The filter that is exported for Wireshark, instead of the kernel's.
EXPORTED = replace(
    OPEN, dissection=replace(SIEVE.dissection, display_filter=wireshark(CATALOGUE).rstrip())
)

GOLDENS = sorted((Path(__file__).parents[1] / "goldens").glob("*/*.pcap"))
# Payloads that are mutated: as many as keep the test below half a minute.
MUTATED = 1_500

# Goldens of scans that are told by packets alone.
PACKETS = ("syn-scan", "host-discovery", "os-detection", "os-detection-ipv6")

Named = list[tuple[int, str, str]]


def sightings(capture: Path, sieve: CompiledFilters) -> Named:
    """Return what is named in a capture: packet time, scanner, signature."""

    async def read(profile: Path) -> Named:
        tools = await find_tshark(sieve.dissection.dissectors, profile)
        with capture.open("rb") as file:
            source = file_source(str(capture), file, sieve.kernel)
            pipeline = CapturePipeline(source, sieve, tools)
            await pipeline.open()
            found = [
                (seen.at, seen.source, sighting.signature.id)
                async for batch in pipeline.observations()
                for seen in batch
                for sighting in CATALOGUE.match(seen)
            ]
        await pipeline.end()
        return found

    with TemporaryDirectory() as profile:
        return asyncio.run(read(Path(profile)))


def payloads() -> list[tuple[Transport, int, bytes]]:
    """Return distinct payloads of untagged IPv4 frames of the goldens, and their port."""
    found: dict[tuple[Transport, int, bytes], None] = {}
    for golden in GOLDENS:
        for data in frames_of(golden):
            fragment = data[20] & 0x3F or data[21]
            if data[12:15] != b"\x08\x00\x45" or data[23] not in (6, 17) or fragment:
                continue
            transport = Transport.TCP if data[23] == 6 else Transport.UDP
            head = (data[46] >> 4) * 4 if transport is Transport.TCP else 8
            end = 14 + int.from_bytes(data[16:18])
            if payload := data[34 + head : end]:
                found[transport, int.from_bytes(data[36:38]), payload[:1400]] = None
    return list(found)


@pytest.fixture(scope="module")
def goldens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every frame of every golden, in one capture."""
    frames = [data for golden in GOLDENS for data in frames_of(golden)]
    return write_capture(tmp_path_factory.mktemp("law") / "goldens.pcap", frames)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Payloads of the goldens, whole and mutated, in every kind of frame that can carry them."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    known = payloads()
    addresses = [("10.0.0.5", "10.0.0.8"), ("2001:db8::5", "2001:db8::8")]
    kinds = list(product(addresses, (0, 1, 2), (b"", b"\x01" * 12)))
    frames: list[bytes] = []
    for transport, port, payload in chance.sample(known, min(MUTATED, len(known))):
        cut = payload[: chance.randrange(1, len(payload) + 1)]
        changed = bytearray(payload)
        changed[chance.randrange(min(64, len(payload)))] ^= 1 << chance.randrange(8)
        for variant in (payload, cut, bytes(changed)):
            (source, destination), tags, options = chance.choice(kinds)
            frames.append(
                frame(
                    variant,
                    transport=chance.choice([transport, transport, *BOTH]),
                    source=source,
                    destination=destination,
                    tags=tags,
                    options=options,
                    ports=(40_000 + len(frames) % 20_000, chance.choice([port, 4444])),
                    number=len(frames),
                )
            )
    return write_capture(tmp_path_factory.mktemp("law") / "generated.pcap", frames)


def bare(data: bytes) -> bool:
    """Tell whether a frame is an untagged packet that is mostly header, of IPv4 or IPv6."""
    return data[12:14] in (b"\x08\x00", b"\x86\xdd") and len(data) < 120


def tagged(data: bytes, tags: int) -> bytes:
    """Return a frame with VLAN tags put in."""
    return data[:12] + TAGS[tags] + data[12:]


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packets of the goldens that are mostly header, whole and mutated, behind tags."""
    chance = random.Random(11)  # noqa: S311 - repeatable, not secret
    scans = [golden for golden in GOLDENS if golden.stem in PACKETS]
    known = sorted({data for golden in scans for data in frames_of(golden) if bare(data)})
    frames = []
    for data in known:
        frames.append(tagged(data, chance.randrange(3)))
        for _ in range(5):
            changed = bytearray(data)
            changed[chance.randrange(14, len(data))] ^= 1 << chance.randrange(8)
            frames.append(tagged(bytes(changed), chance.randrange(3)))
    return write_capture(tmp_path_factory.mktemp("law") / "packets.pcap", frames)


@pytest.mark.parametrize("capture", ["goldens", "generated", "packets"])
def test_filters_lose_no_sighting(capture: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(capture)
    everything = sightings(file, OPEN)

    assert len(everything) > 100
    assert sightings(file, EXPORTED) == everything
    assert sightings(file, SIEVE) == everything
