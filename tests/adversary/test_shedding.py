"""A flood in the scanner's own name, or in anybody's, is no place to hide a scan."""

from pathlib import Path
from typing import Any, cast

import pytest

from nmapwatchd.capture.flood_control import FloodControl
from nmapwatchd.capture.shed_lines import LINES_PER_SECOND, ShedLines
from nmapwatchd.core.shedding import CAPACITY, MAXIMUM_SHED_NANOSECONDS, SLOT, ShedSources
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import NOON, SECOND
from tests.filters.machine import run
from tests.frames import frame, frames_of, write_capture
from tests.golden import FOLDER
from tests.packets import replayed_capture

FILTERS = compile_filters(shipped_catalogue())
ETHERNET = 1
SCANNER = "10.0.0.5"
PER_SECOND = CAPACITY * SECOND // SLOT


class Supervisor:
    def __init__(self) -> None:
        self.shed_sources: list[ShedSources] = []

    def shed(self, sources: ShedSources) -> None:
        self.shed_sources.append(sources)


def flooded(rate: int, seconds: int = 5) -> tuple[Supervisor, list[str]]:
    """Return what a flood of one source does, and what is reported of it."""
    supervisor, reports = Supervisor(), list[str]()
    control = FloodControl(
        cast(Any, {"eth0": supervisor}), lambda sentence, _: reports.append(sentence)
    )
    for second in range(seconds):
        for number in range(rate):
            control.observe(SCANNER, "eth0", NOON + second * SECOND + number * SECOND // rate)
    return supervisor, reports


@pytest.mark.parametrize("rate", [301, 3_000, PER_SECOND])
def test_a_source_is_inspected_however_much_it_sends_within_the_capacity(rate: int) -> None:
    """A flood in the scanner's name that the sensor can process sheds nothing."""
    assert flooded(rate)[0].shed_sources == []


def test_a_flood_beyond_the_capacity_names_the_source() -> None:
    """A flood that the sensor cannot process is reported with the address that it came from."""
    supervisor, reports = flooded(2 * PER_SECOND)

    assert supervisor.shed_sources[0] == ShedSources(limited=(SCANNER,))
    assert reports[0].startswith(f"{SCANNER} floods eth0 since 12:00:00 UTC: some of its frames ")
    assert reports[1].startswith(f"{SCANNER} floods eth0 since 12:00:00 UTC: all of its frames ")
    assert len(reports) == 2


def test_what_follows_a_flood_is_inspected_within_seconds() -> None:
    """A scan after a flood in the scanner's name is hidden for four seconds at most."""
    assert MAXIMUM_SHED_NANOSECONDS <= 4 * SECOND


@pytest.mark.parametrize(
    "name",
    [
        "syn-scan", "ack-scan", "xmas-scan", "udp-unanswered", "http-version", "aggressive-http",
        "aggressive-ssh", "os-detection",
    ],
)  # fmt: skip
def test_a_scan_in_the_name_of_a_limited_source_is_named(name: str, tmp_path: Path) -> None:
    """While the scanner's address is shed for a flood, its scan is named all the same."""
    golden = FOLDER / "nmap" / f"{name}.pcap"
    (named,) = {alert.source for alert in replayed_capture(golden)}
    program = FILTERS.shedding(ETHERNET, ShedSources(limited=(named,)))
    passing = [data for data in frames_of(golden) if run(program, data).accepted]

    alerts = replayed_capture(write_capture(tmp_path / "passing.pcap", passing))

    assert {alert.source for alert in alerts} == {named}


@pytest.mark.parametrize(
    "payload",
    [
        b"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: curl/7.88.1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"EHLO mail.example.org\r\n",
    ],
)
def test_a_flood_of_ordinary_messages_of_a_limited_source_does_not_pass(payload: bytes) -> None:
    """Of a source that floods with ordinary messages the kernel passes none."""
    data = frame(payload, source=SCANNER)

    assert run(FILTERS.kernel[ETHERNET], data).accepted
    assert not run(FILTERS.shedding(ETHERNET, ShedSources((SCANNER,))), data).accepted
    assert run(FILTERS.shedding(ETHERNET, ShedSources(("10.0.0.6",))), data).accepted


def test_lines_of_a_shed_source_are_processed_in_every_second() -> None:
    """What the kernel passes of a shed source is processed, a hundred a second."""
    shed = ShedLines(ShedSources(limited=(SCANNER,)))
    seconds = [f"{SCANNER}\t\t10.0.0.8\t\t{1_795_348_800 + n // 1000}.5\t" for n in range(5_000)]

    processed = sum(not shed.is_dropped(line.encode()) for line in seconds)

    assert processed == 5 * LINES_PER_SECOND
