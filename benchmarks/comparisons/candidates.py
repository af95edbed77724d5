"""Traffic of candidates alone: small HTTP requests, TLS set-ups, DNS queries."""

from benchmarks import offline_sensors
from benchmarks.captures import count_messages
from benchmarks.report import Pairing
from benchmarks.runs import Settings, compare
from benchmarks.traffic import traffic

_TITLES = {"http": "small HTTP requests", "tls": "TLS set-ups", "dns": "DNS queries"}


def pairings(settings: Settings) -> list[Pairing]:
    """
    Compare clients' messages a second.

    Messages and not what a filter lets through: how little that is, is part of what is compared.
    """
    sizes = settings.sizes
    sensors = [
        offline_sensors.nmapwatchd(),
        offline_sensors.variant("nmapwatchd with a display filter", "--display-filter"),
        offline_sensors.pyshark(sizes.share),
        *([offline_sensors.suricata()] if settings.has_suricata else []),
    ]
    found = []
    for kind in sizes.kinds:
        only = traffic(kind, sizes.requests, sizes.candidate_scans, settings.cache)
        rows = compare(sensors, only, settings, count_messages)
        name = f"nothing but {_TITLES[kind]}, {rows[0].units:,} messages of clients"
        found.append(Pairing(name, "messages", rows))
    return found
