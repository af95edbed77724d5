"""Every alert is received in order, whatever happens to the collector during scans."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest

from benchmarks.journal import Journal
from tests.lab.network import Network, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.scanners import SCANS, addresses, assigned, nmap, scan_for_a_while
from tests.live.service import service
from tests.live.siem import (
    RECOVERY_SECONDS,
    AlertRecord,
    Histories,
    all_closed,
    deliveries,
    histories,
    received,
    sent,
    siem,
)
from tests.live.troubles import down, killed_repeatedly, resetting, slow, unresponsive
from tests.sinks.collector import Collector

pytestmark = pytest.mark.live

# Scanners that send two requests of nmap's scripts, and scanners that run the real nmap repeatedly.
SIMULATED = addresses(50, 120)
REAL = dict(zip(addresses(200, 2 * len(SCANS)), 2 * SCANS, strict=True))

TROUBLES: dict[str, tuple[Callable[[Collector], None], bool]] = {  # and whether it uses TLS
    f"{trouble.__name__}-{kind}": (trouble, kind == "tls")
    for trouble in (killed_repeatedly, down, slow, unresponsive, resetting)
    for kind in ("tcp", "tls")
}


@dataclass(frozen=True)
class Outcome:
    """What the service emitted, what each collector received, and what systemd was notified of."""

    sent: Histories
    deliveries: dict[str, list[AlertRecord]]
    notifications: str


def scan_until(troubles: Sequence[Future[None]], network: Network, source: str) -> int:
    """Run a real nmap from an address until all failures have ended; return how often."""
    times = 0
    while not all(trouble.done() for trouble in troubles):
        nmap(network, source, REAL[source])
        times += 1
        time.sleep(1)
    return times


@pytest.fixture(scope="module")
def outcome(
    network: Network, journald: Journal, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    """Have ten collectors fail, each in its own way, while scans go on."""
    folder = tmp_path_factory.mktemp("troubles")
    with ExitStack() as stack:
        stack.enter_context(assigned(network, [*SIMULATED, *REAL]))
        stack.enter_context(running(network, [SERVERS["nginx"], SERVERS["openssh"]]))
        siems = {
            name: stack.enter_context(siem(network, folder / name, secure))
            for name, (_, secure) in TROUBLES.items()
        }
        tables = "".join(table for _, table in siems.values())
        window = "[window]\nseconds = 5\n"  # so that scans close meanwhile
        sensor = stack.enter_context(
            service(network.tap, journald, folder, window=window, siem=tables)
        )
        with ThreadPoolExecutor(len(siems) + 1 + len(REAL)) as pool:
            troubles = [pool.submit(TROUBLES[name][0], found) for name, (found, _) in siems.items()]
            scans = [pool.submit(scan_until, troubles, network, source) for source in REAL]
            pool.submit(scan_for_a_while, network, SIMULATED).result()
            for trouble in troubles:
                trouble.result()
            print(f"{sum(scan.result() for scan in scans)} scans by nmap")
        wait_until(lambda: all_closed(sent(sensor)), "the end of every scan", RECOVERY_SECONDS)
        with suppress(TimeoutError):  # the tests fail for what was not received
            wait_until(
                lambda: all(received(found) >= {*sent(sensor)} for found, _ in siems.values()),
                "what was sent",
                RECOVERY_SECONDS,
            )
        sensor.wait_notified("STATUS=")  # which has all losses since the start
        print(f"{len(sent(sensor))} alerts")
        return Outcome(
            histories(sent(sensor)),
            {name: deliveries(found) for name, (found, _) in siems.items()},
            "".join(sensor.notifications),
        )


def test_every_scanner_is_reported(outcome: Outcome) -> None:
    assert outcome.sent.keys() == {*SIMULATED, *REAL}
    for source in SIMULATED:
        actions = [alert.action for alert in outcome.sent[source]]
        assert actions == ["scan-opened", "scan-closed"]


@pytest.mark.parametrize("name", TROUBLES)
def test_every_alert_is_received_in_order_whatever_happens_to_the_collector(
    name: str, outcome: Outcome
) -> None:
    assert histories(outcome.deliveries[name]) == outcome.sent


@pytest.mark.parametrize("name", TROUBLES)
def test_what_arrives_is_put_in_order_by_event_id_and_event_sequence_alone(
    name: str, outcome: Outcome
) -> None:
    # What a SIEM does: it removes duplicates by event.id, and sorts a scan by event.sequence.
    distinct = {alert.event_id: alert for alert in outcome.deliveries[name]}
    scans = defaultdict(list)
    for alert in sorted(distinct.values(), key=lambda alert: alert.sequence):
        scans[alert.scan_id].append(alert)

    print(f"{name}: {len(outcome.deliveries[name]) - len(distinct)} repeated")
    assert len(distinct) == sum(map(len, outcome.sent.values()))
    for alerts in scans.values():
        assert [alert.sequence for alert in alerts] == [*range(1, len(alerts) + 1)]
        assert alerts[0].action == "scan-opened"
        assert alerts[-1].action == "scan-closed"


def test_no_failure_of_a_collector_loses_a_message(outcome: Outcome) -> None:
    assert outcome.notifications
    assert "messages lost" not in outcome.notifications
