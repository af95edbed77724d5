"""Floods that fill the sensor's tables do not hide a scan that goes on meanwhile."""

import random
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from nmapwatchd.core.counters import Counters
from tests.frames import write_timed_capture
from tests.packets import replayed_capture, udp

Flood = Callable[[], Iterator[tuple[float, bytes]]]

SCANNER, TARGET = "10.0.0.5", "10.0.0.8"
# Packets of a flood in a second, as in the attack that hid a UDP scan, and its seconds.
RATE, SECONDS = 7_000, 10
# Seconds between two packets of the scan: twice nmap's pause when a target limits its replies.
PAUSE = 2.0
# Port that nmap sends all its datagrams from.
SOURCE_PORT = 45_000

_random = random.Random(7)  # noqa: S311 - repeatable, not secret


def datagram(source: str, ports: tuple[int, int], number: int) -> bytes:
    """Return an empty datagram as nmap sends it: the TTL is random."""
    ttl = _random.randrange(37, 60)
    return udp(b"", ports=ports, source=source, destination=TARGET, ttl=ttl, number=number)


def scan() -> Iterator[tuple[float, bytes]]:
    """
    Yield a UDP scan from the second second on, each packet to another port.

    Its MAC address is the flood's, and so a router's: the scan is named by its TTLs, of which
    four must differ.
    """
    for number in range(5):
        yield 1 + number * PAUSE, datagram(SCANNER, (SOURCE_PORT, 1_000 + number), number)


def forged_once() -> Iterator[tuple[float, bytes]]:
    """Yield one datagram of each of many addresses."""
    for number in range(RATE * SECONDS):
        source = str(ip_address(0x0B00_0000 + number))
        ports = _random.randrange(1_024, 65_536), _random.randrange(1, 65_536)
        yield number / RATE, datagram(source, ports, number)


def forged_twice() -> Iterator[tuple[float, bytes]]:
    """Yield two datagrams of each of many addresses, which nothing correlates."""
    for number in range(RATE * SECONDS):
        source = str(ip_address(0x0B00_0000 + number // 2))
        ports = _random.randrange(1_024, 65_536), _random.randrange(1, 65_536)
        yield number / RATE, datagram(source, ports, number)


def forged_in_the_scanner_s_name() -> Iterator[tuple[float, bytes]]:
    """Yield datagrams of the scanner's address, each from and to another port."""
    for number in range(RATE * SECONDS):
        ports = 1_024 + number % 64_000, 65_535 - number % 65_000
        yield number / RATE, datagram(SCANNER, ports, number)


@pytest.mark.parametrize("flood", [forged_once, forged_twice, forged_in_the_scanner_s_name])
def test_a_udp_scan_is_named_during_a_flood(flood: Flood, tmp_path: Path) -> None:
    """7,000 forged empty datagrams a second do not hide a UDP scan, however slow it is."""
    capture = write_timed_capture(tmp_path / "churn.pcap", [*flood(), *scan()])

    alerts = replayed_capture(capture)

    assert {alert.source for alert in alerts if SOURCE_PORT in alert.source_ports} == {SCANNER}


def test_a_flood_that_evicts_packets_is_counted(tmp_path: Path) -> None:
    """What a flood evicts is counted, so that an operator learns that a scan may be missed."""
    counters = Counters()
    flood = [(at / 2, frame) for at, frame in [*forged_once(), *forged_twice()]]

    replayed_capture(write_timed_capture(tmp_path / "churn.pcap", flood), counters)

    assert counters.evicted_packets > 1_000
