"""Traffic that is only candidates: small HTTP requests, TLS handshakes, DNS queries."""

from benchmarks import offline_sensors
from benchmarks.captures import count_messages
from benchmarks.report import Comparison
from benchmarks.runs import Settings, compare
from benchmarks.traffic import traffic

_TITLES = {"http": "small HTTP requests", "tls": "TLS handshakes", "dns": "DNS queries"}


def run(settings: Settings) -> list[Comparison]:
    """
    Compare client messages per second.

    Messages rather than candidates: how few candidates a filter passes is part of the comparison.
    """
    sizes = settings.sizes
    sensors = [
        offline_sensors.nmapwatchd(),
        offline_sensors.variant("nmapwatchd with a display filter", "--display-filter"),
        offline_sensors.pyshark(sizes.pyshark_frames),
        *([offline_sensors.suricata()] if settings.has_suricata else []),
    ]
    comparisons = []
    for kind in sizes.kinds:
        capture = traffic(kind, sizes.requests, sizes.candidate_scans, settings.cache)
        rows = compare(sensors, capture, settings, count_messages)
        title = f"only {_TITLES[kind]}, {rows[0].units:,} client messages"
        comparisons.append(Comparison(title, "messages", rows))
    return comparisons
