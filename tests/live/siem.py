"""A real rsyslog where the service can reach it, and what it was told of scans."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.lab.network import Network, inside, ip_in
from tests.live.service import Service
from tests.sinks.collector import LOOPBACK, TCP, Collector, collector, listens, tls

# Seconds within which everything must have come once a trouble is over: the longest pause between
# two attempts, and the time that a collector has to read.
RECOVERY_SECONDS = 90.0

_RECEIVED = re.compile(
    r'"id":"(?P<action>scan-[a-z]+)".*?event_id=\\"(?P<event_id>[0-9a-f]{32})\\"'
    r'.*? source=\\"(?P<source>[0-9a-f.:]+)\\"'
)


class AlertRecord(NamedTuple):
    """An alert."""

    source: str
    action: str
    event_id: str


# What was said of each scanner, in order.
Histories = dict[str, list[AlertRecord]]


@contextmanager
def siem(network: Network, folder: Path, secure: bool) -> Iterator[tuple[Collector, str]]:
    """Run a collector where the service can reach it; give it and the service's table for it."""
    ip_in(network.tap.namespace, "link", "set", "lo", "up")
    place = folder / "siem"
    place.mkdir(parents=True)
    given, authority = tls(place) if secure else (TCP, None)
    within = tuple(inside(network.tap.namespace, []))
    with collector(place, "imtcp", given, within=within) as found:
        table = f'[[sink]]\nkind = "syslog"\nto = "tcp://{LOOPBACK}:{found.port}"\n'
        if authority:
            table = table.replace("tcp:", "tls:") + f'ca_file = "{authority.file}"\n'
        yield found, table


def start(found: Collector) -> None:
    """Start a collector again that was killed."""
    found.start(listens(found.port, found.within))


def deliveries(found: Collector) -> list[AlertRecord]:
    """Return what the collector wrote down of scans, second deliveries among them."""
    text = found.output.read_text("utf-8", "replace") if found.output.exists() else ""
    return [AlertRecord(**one.groupdict()) for one in _RECEIVED.finditer(text)]


def received(found: Collector) -> set[AlertRecord]:
    """Return each alert that the collector wrote down."""
    return set(deliveries(found))


def sent(sensor: Service) -> list[AlertRecord]:
    """Return the alerts that the service said."""
    return [
        AlertRecord(d["source"]["ip"], d["event"]["action"], d["event"]["id"]) for d in sensor.scans
    ]


def histories(alerts: Iterable[AlertRecord]) -> Histories:
    """Return what was said of each scanner, in order; second deliveries left out."""
    found: Histories = {}
    for alert in dict.fromkeys(alerts):
        found.setdefault(alert.source, []).append(alert)
    return found


def all_closed(alerts: Iterable[AlertRecord]) -> bool:
    """Tell whether every scanner's last alert says that the scan is over."""
    return all(history[-1].action == "scan-closed" for history in histories(alerts).values())


def opened(alerts: Iterable[AlertRecord]) -> set[str]:
    """Return the ids of the scans that were opened."""
    return {alert.event_id for alert in alerts if alert.action == "scan-opened"}
