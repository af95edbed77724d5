"""What the sensor is compared with itself on: a LAN mix, and what is nothing but candidates."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.captures import count_frames, count_messages, write_repeated
from benchmarks.comparison import Row, Settings, compare
from benchmarks.contenders import Contender
from benchmarks.report import Pairing
from benchmarks.traffic import Traffic, traffic

# How often a capture is gone through in one run: small differences do not drown in what a start
# takes now and then.
_TIMES = 4


def compared(what: str, variants: Sequence[Contender], settings: Settings) -> list[Pairing]:
    """
    Compare variants of the sensor.

    The mix shows what a network notices: of most of its frames the kernel's filter decides. The
    requests show the rest of the way, where a frame costs most.
    """
    sizes = settings.sizes
    mix = traffic("mix", sizes.frames, sizes.scans, settings.cache)
    if settings.is_rough:
        return [Pairing(f"LAN mix with {what}", "frames", compare(variants, mix, settings))]
    only = traffic("requests", sizes.requests, sizes.candidate_scans, settings.cache)
    name = f"nothing but requests, TLS set-ups and DNS queries with {what}"
    return [
        Pairing(f"LAN mix with {what}", "frames", _compared_at_length(variants, mix, settings)),
        Pairing(name, "messages", _compared_at_length(variants, only, settings, count_messages)),
    ]


def _compared_at_length(
    variants: Sequence[Contender],
    short: Traffic,
    settings: Settings,
    count: Callable[[Path], int] = count_frames,
) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="long-", dir=settings.cache) as folder:
        path = Path(folder, short.path.name)
        write_repeated(short.path, path, _TIMES)
        return compare(
            variants, replace(short, path=path, frames=_TIMES * short.frames), settings, count
        )
