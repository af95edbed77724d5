"""Compares variants of nmapwatchd on a LAN mix, and on traffic that is only candidates."""

from collections.abc import Sequence

from benchmarks.captures import count_messages
from benchmarks.offline_sensors import OfflineSensor
from benchmarks.report import Comparison
from benchmarks.runs import Settings, compare, compare_repeated
from benchmarks.traffic import traffic


def compare_variants(
    difference: str, variants: Sequence[OfflineSensor], settings: Settings
) -> list[Comparison]:
    """
    Compare variants of nmapwatchd.

    The mix shows the effect on a network, where the kernel filter rejects most frames. The requests
    show the cost of candidates.

    Args:
        difference: what differs, for the title.
        variants: the variants.
        settings: the options.
    """
    sizes = settings.sizes
    mix = traffic("mix", sizes.frames, sizes.scans, settings.cache)
    title = f"LAN mix with {difference}"
    if settings.is_smoke:
        return [Comparison(title, "frames", compare(variants, mix, settings))]
    requests = traffic("requests", sizes.requests, sizes.candidate_scans, settings.cache)
    return [
        Comparison(title, "frames", compare_repeated(variants, mix, settings)),
        Comparison(
            f"only requests, TLS handshakes and DNS queries with {difference}",
            "messages",
            compare_repeated(variants, requests, settings, count_messages),
        ),
    ]
