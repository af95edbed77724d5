"""
Soundness: what a signature matches, every filter that is compiled from it passes.

Captures give the same sightings with and without the filters.
"""

import asyncio
import random
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import find_tshark
from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.exports.wireshark import wireshark
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import TAGS, frame, frames_of, write_capture
from tests.payloads import GOLDENS, golden_payloads
from tests.wrapping import WRAPPINGS

CATALOGUE = shipped_catalogue()
FILTERS = compile_filters(CATALOGUE)
OPEN = replace(FILTERS, kernel={})
# The filter that is exported for Wireshark, instead of the kernel's.
EXPORTED = replace(
    OPEN, dissection=replace(FILTERS.dissection, display_filter=wireshark(CATALOGUE).rstrip())
)

# Mutated payloads; so many keep the test below half a minute.
MUTATED = 1_500
DAMAGED = 3_000

# Goldens of scans that are detected by raw packets.
PACKETS = ("syn-scan", "host-discovery", "os-detection", "os-detection-ipv6")

# Those that put extension headers into IPv6.
EXTENDING = (
    "hop-by-hop", "destination-options", "routing", "first-fragment", "three-extensions",
    "gre-of-extended",
)  # fmt: skip

CAPTURES = ("goldens", "generated", "packets", "wrapped", "extended", "damaged")

Sightings = list[tuple[int, str, str]]


def sightings(capture: Path, filters: CompiledFilters) -> Sightings:
    """Return the sightings in a capture: packet time, scanner, signature."""

    async def read(profile: Path) -> Sightings:
        install = await find_tshark(filters.dissection.dissectors, profile)
        with capture.open("rb") as file:
            source = file_source(str(capture), file, filters.kernel)
            pipeline = CapturePipeline(source, filters, install)
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


@pytest.fixture(scope="module")
def goldens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every frame of every golden, in one capture."""
    frames = [data for golden in GOLDENS for data in frames_of(golden)]
    return write_capture(tmp_path_factory.mktemp("soundness") / "goldens.pcap", frames)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Payloads of the goldens, whole and mutated, in every kind of frame that can carry them."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    known = golden_payloads()
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
    return write_capture(tmp_path_factory.mktemp("soundness") / "generated.pcap", frames)


def wrapped_goldens() -> tuple[list[bytes], list[bytes]]:
    """Return the untagged frames with IP of every golden, and the same in wrappings by turns."""
    ip = (b"\x08\x00", b"\x86\xdd")
    frames = [f for golden in GOLDENS for f in frames_of(golden) if f[12:14] in ip]
    # Extension headers change the length that some signatures compare.
    wraps = [wrap for name, wrap in WRAPPINGS.items() if name not in EXTENDING]
    return frames, [wrap(data) for wrap, data in zip(cycle(wraps), frames, strict=False)]


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every frame of every golden, in a wrapping."""
    return write_capture(
        tmp_path_factory.mktemp("soundness") / "wrapped.pcap", wrapped_goldens()[1]
    )


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every packet of IPv6 of every golden, with extension headers."""
    frames = [data for data in wrapped_goldens()[0] if data[12:14] == b"\x86\xdd"]
    wraps = [WRAPPINGS[name] for name in EXTENDING]
    return write_capture(
        tmp_path_factory.mktemp("soundness") / "extended.pcap",
        [wrap(data) for wrap, data in zip(cycle(wraps), frames, strict=False)],
    )


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames in wrappings with a bit or two bytes changed among the headers, or cut short."""
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    frames = []
    for data in chance.sample(wrapped_goldens()[0], DAMAGED):
        changed = bytearray(chance.choice(list(WRAPPINGS.values()))(data))
        last = min(len(changed), 120)
        match chance.randrange(3):
            case 0:
                changed[chance.randrange(12, last)] ^= 1 << chance.randrange(8)
            case 1:
                changed[chance.randrange(12, last)] = chance.randrange(256)
                changed[chance.randrange(12, last)] = chance.randrange(256)
            case _:
                del changed[chance.randrange(14, len(changed)) :]
        frames.append(bytes(changed))
    return write_capture(tmp_path_factory.mktemp("soundness") / "damaged.pcap", frames)


def bare(data: bytes) -> bool:
    """Return whether a frame is an untagged packet that is mostly header, of IPv4 or IPv6."""
    return data[12:14] in (b"\x08\x00", b"\x86\xdd") and len(data) < 120


def tagged(data: bytes, tags: int) -> bytes:
    """Return a frame with VLAN tags put in."""
    return data[:12] + TAGS[tags] + data[12:]


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packets of the goldens that are mostly header, whole and mutated, after tags."""
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
    return write_capture(tmp_path_factory.mktemp("soundness") / "packets.pcap", frames)


def test_what_is_sighted_bare_is_sighted_wrapped(wrapped: Path, tmp_path: Path) -> None:
    frames, _ = wrapped_goldens()

    assert sightings(wrapped, FILTERS) == sightings(
        write_capture(tmp_path / "bare", frames), FILTERS
    )


@pytest.mark.parametrize("capture", CAPTURES)
def test_filters_lose_no_sighting(capture: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(capture)
    everything = sightings(file, OPEN)

    assert len(everything) > 100
    assert sightings(file, EXPORTED) == everything
    assert sightings(file, FILTERS) == everything
