"""The sensor against itself: catalogues of several sizes, windows already open."""

from benchmarks import contenders
from benchmarks.comparison import Settings, compare
from benchmarks.report import Pairing
from benchmarks.traffic import traffic

_SIGNATURES = (50, 200, 800)
_WINDOWS = (1, 1_000, 50_000)


def pairings(settings: Settings) -> list[Pairing]:
    """Compare throughput, start-up and the opening of windows left out."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    families = {
        "signatures": [
            contenders.variant(f"{number} signatures", "--signatures", str(number))
            for number in _SIGNATURES
        ],
        "open windows": [
            contenders.variant(f"{number:,} open windows", "--windows", str(number))
            for number in _WINDOWS
        ],
    }
    return [
        Pairing(f"LAN mix with more {name}", "frames", compare(variants, mix, settings))
        for name, variants in families.items()
    ]
