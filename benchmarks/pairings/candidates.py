"""Traffic of candidates alone: small HTTP requests, TLS set-ups, DNS queries."""

from benchmarks import contenders
from benchmarks.captures import count_messages
from benchmarks.comparison import Settings, compare
from benchmarks.report import Pairing
from benchmarks.traffic import traffic

_TITLES = {"http": "small HTTP requests", "tls": "TLS set-ups", "dns": "DNS queries"}


def pairings(settings: Settings) -> list[Pairing]:
    """
    Compare clients' messages a second.

    Messages and not what a filter lets through: how little that is, is part of what is compared.
    """
    sizes = settings.sizes
    sensors = [
        contenders.nmapwatchd(),
        contenders.variant("nmapwatchd with a display filter", "--display-filter"),
        contenders.pyshark(sizes.share),
        *([contenders.suricata()] if settings.has_suricata else []),
    ]
    found = []
    for kind in sizes.kinds:
        only = traffic(kind, sizes.requests, sizes.candidate_scans, settings.cache)
        rows = compare(sensors, only, settings, count_messages)
        name = f"nothing but {_TITLES[kind]}, {rows[0].units:,} messages of clients"
        found.append(Pairing(name, "messages", rows))
    return found
