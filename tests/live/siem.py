"""A real rsyslog that the service can reach, and the alerts that it has received."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.lab.network import Network, inside, ip_in
from tests.live.service import Service
from tests.sinks.collector import LOOPBACK, TCP, Collector, collector, listens, parameters, tls

# Seconds for everything to be delivered after a failure has ended: the longest back-off of a sink,
# and the time that a collector needs to read.
RECOVERY_SECONDS = 90.0


class AlertRecord(NamedTuple):
    """What identifies an alert, and its place among those of its scan."""

    source: str
    action: str
    scan_id: str
    sequence: int
    event_id: str


# The alerts of each scanner, in order.
Histories = dict[str, list[AlertRecord]]


@contextmanager
def siem(network: Network, folder: Path, secure: bool) -> Iterator[tuple[Collector, str]]:
    """Run a collector that the service can reach; yield it and its `[[sink]]` table."""
    ip_in(network.tap.namespace, "link", "set", "lo", "up")
    directory = folder / "siem"
    directory.mkdir(parents=True)
    given, authority = tls(directory) if secure else (TCP, None)
    within = tuple(inside(network.tap.namespace, []))
    with collector(directory, "imtcp", given, within=within) as found:
        table = f'[[sink]]\nkind = "syslog"\nto = "tcp://{LOOPBACK}:{found.port}"\n'
        if authority:
            table = table.replace("tcp:", "tls:") + f'ca_file = "{authority.file}"\n'
        yield found, table


def start(found: Collector) -> None:
    """Restart a collector that was killed."""
    found.start(listens(found.port, found.within))


def deliveries(found: Collector) -> list[AlertRecord]:
    """Return the alerts that a collector has written, repeated deliveries included."""
    text = found.output.read_text("utf-8", "replace") if found.output.exists() else ""
    return [alert for line in text.splitlines() if (alert := _record(line))]


def _record(line: str) -> AlertRecord | None:
    """Return the alert of a line, if it is one; a kill may leave a partial line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not entry["id"].startswith("scan-") or entry["id"] == "scan-flood":
        return None
    found = parameters(entry["data"])
    return AlertRecord(
        found["source"], entry["id"], found["scan_id"], int(found["sequence"]), found["event_id"]
    )


def received(found: Collector) -> set[AlertRecord]:
    """Return each alert that a collector has written."""
    return set(deliveries(found))


def sent(sensor: Service) -> list[AlertRecord]:
    """Return the alerts that the service emitted."""
    return [
        AlertRecord(
            d["source"]["ip"], d["event"]["action"], d["nmapwatchd"]["scan"]["id"],
            d["event"]["sequence"], d["event"]["id"],
        )
        for d in sensor.scans
    ]  # fmt: skip


def histories(alerts: Iterable[AlertRecord]) -> Histories:
    """Return the alerts of each scanner in order, without repeated deliveries, by event.id."""
    found: Histories = {}
    first: dict[str, AlertRecord] = {}
    for alert in alerts:
        first.setdefault(alert.event_id, alert)
    for alert in first.values():
        found.setdefault(alert.source, []).append(alert)
    return found


def all_closed(alerts: Iterable[AlertRecord]) -> bool:
    """Return whether every scanner's last alert closes the scan."""
    return all(history[-1].action == "scan-closed" for history in histories(alerts).values())


def opened(alerts: Iterable[AlertRecord]) -> set[str]:
    """Return the IDs of the scans that were opened."""
    return {alert.scan_id for alert in alerts if alert.action == "scan-opened"}
