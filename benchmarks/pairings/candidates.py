"""Traffic of candidates alone: small HTTP requests, TLS set-ups, DNS queries."""

from pathlib import Path

from benchmarks import contenders
from benchmarks.comparison import Settings, compare
from benchmarks.report import Pairing
from benchmarks.sensor import count_candidates
from benchmarks.traffic import traffic
from nmapwatchd.signature_files import shipped_catalogue

_TITLES = {"http": "small HTTP requests", "tls": "TLS set-ups", "dns": "DNS queries"}


def pairings(settings: Settings) -> list[Pairing]:
    """Compare candidates a second: frames that the kernel filter lets through."""
    catalogue = shipped_catalogue()

    def count(capture: Path) -> int:
        return max(1, count_candidates(capture, catalogue))

    sizes = settings.sizes
    sensors = [
        contenders.nmapwatchd(),
        contenders.variant("nmapwatchd without display filter", "--open"),
        contenders.pyshark(sizes.share),
        *([contenders.suricata()] if settings.has_suricata else []),
    ]
    found = []
    for kind, title in _TITLES.items():
        only = traffic(kind, sizes.requests, sizes.candidate_scans, settings.cache)
        rows = compare(sensors, only, settings, count)
        found.append(Pairing(f"{title}, {rows[0].units:,} candidates", "candidates", rows))
    return found
