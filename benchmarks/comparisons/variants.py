"""What the sensor is compared with itself on: a LAN mix, and what is nothing but candidates."""

from collections.abc import Sequence

from benchmarks.captures import count_messages
from benchmarks.offline_sensors import Contender
from benchmarks.report import Pairing
from benchmarks.runs import Settings, compare, compare_at_length
from benchmarks.traffic import traffic


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
        Pairing(f"LAN mix with {what}", "frames", compare_at_length(variants, mix, settings)),
        Pairing(name, "messages", compare_at_length(variants, only, settings, count_messages)),
    ]
