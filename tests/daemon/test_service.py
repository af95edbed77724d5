"""
The service without an interface: start, stop, reload, and what it does with an observation.

Capture itself needs privileges and is a subject of the live tests.
"""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from nmapwatchd.capture.link import LinkRoutes
from nmapwatchd.config import sinks
from nmapwatchd.config.reader import validate_settings
from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.daemon import service as module
from nmapwatchd.daemon.clock import ClockStepDetector
from nmapwatchd.daemon.compiled_config import CompiledConfig
from nmapwatchd.daemon.service import Service
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, active, tune
from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.telemetry import log
from nmapwatchd.telemetry.authorisation_usage import read_usage
from tests.building import observation

SCAN = observation(
    payload=b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"
)


@cache
def compiled() -> tuple[Catalogue, CompiledFilters]:
    """Return the shipped signatures and their filters."""
    return shipped_catalogue(), compile_filters(shipped_catalogue())


class Sensor:
    """A service that runs until its script ends, with what it reports."""

    def __init__(self, folder: Path, notify: socket.socket) -> None:
        self._folder, self._notify = folder, notify
        self._notified: list[str] = []
        self.alerts_file = folder / "alerts.jsonl"
        self.service: Service
        self.next_config: CompiledConfig | OperatorError

    def config(self, **keys: object) -> CompiledConfig:
        """Return a configuration without interfaces, which delivers to a file."""
        table = {"kind": "jsonl", "path": str(self.alerts_file)}
        spool = {"directory": str(self._folder / "spool")}
        runtime = str(self._folder / "run")
        document = {"signatures": [], "spool": spool, "sink": [table], "runtime_directory": runtime}
        return CompiledConfig(validate_settings({**document, **keys}, "test"), *compiled())

    def run(self, script: Callable[["Sensor"], Any], config: CompiledConfig | None = None) -> None:
        """Run the service while a script plays; then stop it as systemd does."""
        asyncio.run(self._run(script, config or self.config()))

    async def _run(self, script: Callable[["Sensor"], Any], config: CompiledConfig) -> None:
        self._notified.clear()
        with Delivery(config.settings.sink, None, config.settings.spool) as delivery:
            self.service = Service(config, self._read_config, delivery)
            running = asyncio.create_task(self.service.run())
            try:
                await self.until(lambda: self.notified("READY=1") or running.done())
                if not running.done():
                    await script(self)
            finally:
                if not running.done():
                    signal.raise_signal(signal.SIGTERM)
                await running

    def _read_config(self) -> CompiledConfig:
        if isinstance(self.next_config, OperatorError):
            raise self.next_config
        return self.next_config

    async def reload(self, config: CompiledConfig | OperatorError) -> None:
        """Reload as systemd does."""
        self.notified("")
        self._notified.clear()
        self.next_config = config
        signal.raise_signal(signal.SIGHUP)
        await self.until(lambda: self.notified("READY=1"))

    def notified(self, text: str) -> bool:
        """Return whether the service manager received a text."""
        with suppress(BlockingIOError):
            while True:
                self._notified.append(self._notify.recv(4096).decode())
        return any(text in one for one in self._notified)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - files and sockets signal no event
                await asyncio.sleep(0.01)

    async def reported(self, action: str, times: int = 1) -> None:
        """Wait until an action was delivered so many times."""
        await self.until(lambda: self.actions.count(action) >= times)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Everything that the file's sink has."""
        if not self.alerts_file.exists():
            return []
        lines = self.alerts_file.read_text().rpartition("\n")[0]  # one may still be being written
        return [json.loads(line) for line in lines.splitlines()]

    @property
    def actions(self) -> list[str]:
        """The actions delivered, in order."""
        return [document["event"]["action"] for document in self.documents]


@pytest.fixture
def sensor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sensor]:
    """A sensor that turns its loop often, below a service manager."""
    monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    log.set_up()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as notify:
        notify.bind(address)
        yield Sensor(tmp_path, notify)


async def nothing(_sensor: Sensor) -> None:
    """Let the service be stopped as soon as it is ready."""


def test_reports_its_start_and_its_stop(sensor: Sensor) -> None:
    sensor.run(nothing)

    assert sensor.actions == ["sensor-started", "sensor-stopped"]
    count = len(shipped_catalogue().signatures)
    assert sensor.documents[0]["nmapwatchd"]["detail"] == f"{count} signatures"
    assert sensor.notified("STOPPING=1")


def test_tells_the_service_manager_that_it_is_alive_with_its_status(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.until(lambda: sensor.notified("WATCHDOG=1\nSTATUS=0 frames"))

    sensor.run(script)


def test_a_scan_is_reported_and_closed_at_a_stop(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._observe(SCAN)
        await sensor.reported("scan-opened")
        sensor.service._observe(observation(1, payload=SCAN.payload))

    sensor.run(script)

    assert sensor.actions[1:] == ["scan-opened", "scan-closed", "sensor-stopped"]
    assert sensor.documents[-1]["nmapwatchd"]["counters"]["candidates"] == 2


def test_a_scan_is_closed_in_packet_time_without_another_packet(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        for at in (0, 0.1):
            sensor.service._observe(observation(at, payload=SCAN.payload))
        await sensor.reported("scan-closed")

    sensor.run(script, sensor.config(window={"seconds": 1}))


def test_an_open_scan_survives_a_restart(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        for _ in range(2):
            now = time.time_ns()
            sensor.service._observe(replace(SCAN, at=now, frame_hash=now))

    sensor.run(script)
    sensor.run(script)

    scans = [d for d in sensor.documents if d["event"]["action"].startswith("scan-")]
    assert [d["event"]["action"] for d in scans] == [
        "scan-opened",
        "scan-closed",
        "scan-continues",
        "scan-closed",
    ]
    assert [d["nmapwatchd"]["sightings"] for d in scans][1::2] == [2, 4]


def test_a_canary_is_not_an_alert(sensor: Sensor) -> None:
    packet = canary.packet("0" * canary.TOKEN)

    async def script(sensor: Sensor) -> None:
        sensor.service._observe(
            observation(transport=Transport.UDP, destination_port=9, payload=packet[28:])
        )

    sensor.run(script)

    assert sensor.actions == ["sensor-started", "sensor-stopped"]


def test_a_packet_that_begins_like_a_canary_is_inspected(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._observe(observation(payload=canary.PREFIX + b"and more"))

    sensor.run(script)

    assert sensor.service.counters.candidates == 1


def test_heartbeats_carry_the_status(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.reported("sensor-heartbeat", 2)

    sensor.run(script, sensor.config(heartbeat_seconds=1))

    beat = sensor.documents[1]
    assert beat["event"]["action"] == "sensor-heartbeat"
    assert beat["nmapwatchd"]["detail"].startswith("0 frames, 0 dropped")


def test_a_reload_applies_the_new_configuration(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    authorised = {"name": "audit", "from": SCAN.source}

    async def script(sensor: Sensor) -> None:
        await sensor.reload(sensor.config(authorised=[authorised]))
        sensor.service._observe(SCAN)
        await sensor.reported("scan-expected")

    sensor.run(script)

    assert "configuration reloaded" in capsys.readouterr().err


def tuned(config: CompiledConfig) -> CompiledConfig:
    """Return a configuration that turns the signature of the scan off."""
    off = Adjustment("disable[1]", "http.nse-user-agent", None)
    everything, changes, _ = tune(config.catalogue, [off])
    catalogue = active(everything, changes)
    filters = compile_filters(catalogue)
    unmatched = (Diagnostic("conf.toml: disable[2]", "matches no signature"),)
    return CompiledConfig(config.settings, catalogue, filters, (), changes, unmatched)


def test_a_reload_turns_a_signature_off_and_on(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.reload(tuned(sensor.config()))
        assert "; 1 signature disabled by configuration" in sensor.service._status.status_line
        sensor.service._observe(SCAN)
        await sensor.reload(sensor.config())
        assert "disabled" not in sensor.service._status.status_line
        assert "scan-opened" not in sensor.actions
        sensor.service._observe(SCAN)
        await sensor.reported("scan-opened")

    sensor.run(script)

    assert capsys.readouterr().err.count("1 signature disabled by configuration") == 1


def test_what_is_off_is_stated_at_the_start(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    sensor.run(nothing, tuned(sensor.config()))

    count = len(shipped_catalogue().signatures) - 1
    detail = f"{count} signatures, 1 signature disabled by configuration"
    assert sensor.documents[0]["nmapwatchd"]["detail"] == detail
    printed = capsys.readouterr().err
    assert "warning 1 signature disabled by configuration" in printed
    assert "configuration entry has no effect error='conf.toml: disable[2]: matches no" in printed
    assert sensor.actions == ["sensor-started", "sensor-stopped"]


def test_the_use_of_authorisations_survives_a_restart_and_ends_with_their_entry(
    sensor: Sensor, tmp_path: Path
) -> None:
    audit, other = ({"name": name, "from": SCAN.source} for name in ("audit", "other"))
    file = tmp_path / "spool" / "authorisations.json"

    async def script(sensor: Sensor) -> None:
        now = time.time_ns()
        sensor.service._observe(replace(SCAN, at=now, frame_hash=now))

    async def reload(sensor: Sensor) -> None:
        await sensor.reload(sensor.config(authorised=[other]))

    for _ in range(2):
        sensor.run(script, sensor.config(authorised=[audit, other]))
    used = read_usage(file)
    sensor.run(reload, sensor.config(authorised=[audit, other]))

    assert (used["audit"].scans, used["other"].scans) == (1, 0)  # the scan goes on
    assert used["audit"].last >= used["audit"].since
    assert list(read_usage(file)) == ["other"]


def test_a_failed_reload_changes_nothing(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.reload(OperatorError(Diagnostic("conf.toml: colour", "unknown key")))
        sensor.service._observe(SCAN)
        await sensor.reported("scan-opened")

    sensor.run(script)

    printed = capsys.readouterr().err
    assert "reload failed, configuration unchanged" in printed
    assert "conf.toml: colour: unknown key" in printed


def test_a_reload_with_a_sink_that_is_not_allowed_changes_nothing(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr(sinks, "require_network", refuse)
    authorised = {"name": "audit", "from": SCAN.source}
    sink = {"kind": "syslog", "to": "udp://192.0.2.1"}

    async def script(sensor: Sensor) -> None:
        await sensor.reload(sensor.config(authorised=[authorised], sink=[sink]))
        sensor.service._observe(SCAN)
        await sensor.reported("scan-opened")

    sensor.run(script)

    assert "reload failed, configuration unchanged" in capsys.readouterr().err


def test_a_sink_that_is_not_available_is_reported_to_the_others(
    sensor: Sensor, tmp_path: Path
) -> None:
    folder = tmp_path / "absent"
    tables = [{"kind": "jsonl", "path": str(path)} for path in (sensor.alerts_file, folder / "a")]

    async def script(sensor: Sensor) -> None:
        assert sensor.notified(f"; {error}")
        await sensor.reported("sensor-started")
        folder.mkdir()
        await sensor.until((folder / "a").exists)
        await sensor.until(lambda: not sensor.service._delivery.errors)

    error = f"jsonl {folder / 'a'}: No such file or directory"
    sensor.run(script, sensor.config(sink=tables))

    assert sensor.documents[0]["nmapwatchd"]["detail"].endswith(f"signatures; {error}")
    assert (folder / "a").read_text() == sensor.alerts_file.read_text()


def test_a_runtime_directory_that_is_not_available_is_an_error_until_it_is(
    sensor: Sensor, tmp_path: Path
) -> None:
    parent = tmp_path / "absent"
    parent.write_text("a file, so that no directory can be created in it")

    async def script(sensor: Sensor) -> None:
        assert sensor.notified(f"; self-test {parent}/run/selftest.socket: Not a directory")
        parent.unlink()
        await sensor.until((parent / "run" / "selftest.socket").is_socket)
        await sensor.until(lambda: not sensor.service._selftest.error)

    sensor.run(script, sensor.config(runtime_directory=str(parent / "run")))


def test_the_service_is_ready_without_an_absent_interface_which_it_reports(
    sensor: Sensor,
) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.until(
            lambda: sensor.notified("STATUS=BLIND on nope0 (there is no such interface); 0 frames")
        )
        await sensor.reported("sensor-blind")

    sensor.run(script, sensor.config(interfaces=["nope0"]))

    assert sensor.actions == ["sensor-started", "sensor-blind", "sensor-stopped"]
    assert sensor.documents[1]["nmapwatchd"]["detail"] == "there is no such interface"


def test_a_reload_may_name_an_absent_interface(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        await sensor.reload(sensor.config(interfaces=["nope0"]))
        await sensor.reported("sensor-blind")

    sensor.run(script)

    assert "configuration reloaded" in capsys.readouterr().err
    assert sensor.actions == ["sensor-started", "sensor-blind", "sensor-stopped"]


def test_a_clock_that_is_set_back_closes_open_scans(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    offset = 0

    async def script(sensor: Sensor) -> None:
        nonlocal offset
        sensor.service._clock_steps = ClockStepDetector(
            lambda: time.time_ns() - offset, time.monotonic_ns
        )
        for _ in range(2):
            later = time.time_ns() + 3600 * 1_000_000_000
            sensor.service._observe(replace(SCAN, at=later, frame_hash=later))
        await sensor.reported("scan-opened")
        offset = 3600 * 1_000_000_000
        await sensor.reported("scan-closed")

    sensor.run(script)

    assert "clock was set back, closing open scans" in capsys.readouterr().err


def test_an_interface_without_capture_is_reported(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._on_blind("eth0", "no carrier")
        sensor.service._on_recovered("eth0", "no carrier")

    sensor.run(script)

    assert sensor.actions[1:-1] == ["sensor-blind", "sensor-recovered"]
    printed = capsys.readouterr().err
    assert "error   blind interface='eth0' error='no carrier'" in printed
    assert "warning capturing again interface='eth0'" in printed


def test_a_top_talker_is_shed_and_reported(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._on_top_talker("eth0", "10.0.0.9")

    sensor.run(script)

    assert sensor.actions[1] == "sensor-shedding"
    detail = sensor.documents[1]["nmapwatchd"]["detail"]
    assert detail.startswith("10.0.0.9 floods eth0 since ")
    assert detail.endswith("The kernel has dropped frames, too")


def test_a_scan_whose_source_was_shed_is_incomplete(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._observe(replace(SCAN, at=time.time_ns()))
        sensor.service._on_top_talker("eth0", SCAN.source)
        await sensor.reported("sensor-shedding")

    sensor.run(script)

    opened, closed = (d for d in sensor.documents if d["event"]["action"].startswith("scan-"))
    assert "incomplete" not in opened["nmapwatchd"].get("caveats", [])
    assert "incomplete" in closed["nmapwatchd"]["caveats"]


def test_what_is_not_inspected_is_reported(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._on_limited("eth0", "42 % of the frames are in ESP")

    sensor.run(script)

    assert sensor.actions[1] == "sensor-limited"
    assert sensor.documents[1]["nmapwatchd"]["detail"] == "42 % of the frames are in ESP"
    assert "warning not inspected interface='eth0'" in capsys.readouterr().err


def test_the_runtime_files_exist_while_the_service_runs(sensor: Sensor, tmp_path: Path) -> None:
    files = [tmp_path / "run" / name for name in ("selftest.socket", "metrics.prom")]

    async def script(sensor: Sensor) -> None:
        await sensor.until(lambda: all(file.exists() for file in files))

    sensor.run(script)

    assert not any(file.exists() for file in files)


def test_signatures_that_are_left_out_are_reported_at_the_start(sensor: Sensor) -> None:
    refused = tuple(Diagnostic(f"site.toml:{line}", "examples: wrong") for line in (4, 9))

    sensor.run(nothing, replace(sensor.config(), refused=refused))

    assert sensor.actions == ["sensor-started", "sensor-limited", "sensor-stopped"]
    assert sensor.documents[1]["nmapwatchd"]["detail"] == (
        "signatures are left out: site.toml:4: examples: wrong; 1 more errors; run check"
    )


def test_a_signature_that_fails_is_reported_once_and_counted(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        faults = sensor.service._config.catalogue.faults
        for _ in range(3):
            faults.record("http.site", ValueError("of the packet"))
        await sensor.reported("sensor-limited")
        await sensor.reload(sensor.config())

    sensor.run(script)

    limited = [d for d in sensor.documents if d["event"]["action"] == "sensor-limited"]
    assert [d["nmapwatchd"]["detail"] for d in limited] == [
        "signature http.site failed and is skipped; see the log"
    ]
    assert sensor.documents[-1]["nmapwatchd"]["counters"]["rule_errors"] == 3


def test_a_bug_in_reading_the_configuration_does_not_end_the_service(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sensor: Sensor) -> None:
        def fail() -> CompiledConfig:
            raise KeyError("a bug")

        sensor.service._read_config = fail
        await sensor.reload(sensor.config())
        sensor.service._observe(SCAN)
        await sensor.reported("scan-opened")

    sensor.run(script)

    assert "reload failed, configuration unchanged" in capsys.readouterr().err


def raw_syn(source: str, number: int = 1) -> Observation:
    """Return a SYN of nmap's form."""
    decoded = {
        "tcp.flags": ("2",), "tcp.hdr_len": ("24",), "tcp.window_size_value": ("1024",),
        "tcp.options": ("\x02\x04\x05\xb4",), "tcp.seq_raw": ("3725043031",),
        "ip.flags.df": ("0",), "ip.ttl": ("41",),
    }  # fmt: skip
    seen = observation(number, source=source, destination="192.0.2.8", mac="52:54:00:12:34:56")
    return replace(seen, decoded=decoded)


def test_one_packet_is_proof_in_the_networks_of_the_interfaces(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_link: tuple[IPv4Network, ...] = ()
    monkeypatch.setattr(module, "NETWORKS_SECONDS", 0)
    monkeypatch.setattr(module, "link_routes", lambda _interface: LinkRoutes(on_link))
    # Without privileges nothing can be captured: only the names of the interfaces are used.
    settings = sensor.config().settings.model_copy(update={"interfaces": ("eth0",)})

    async def script(sensor: Sensor) -> None:
        nonlocal on_link
        sensor.service._config = replace(sensor.config(), settings=settings)
        sensor.service._read_networks()
        sensor.service._observe(raw_syn("198.51.100.5"))
        assert sensor.service.counters.alerts == 0
        on_link = (IPv4Network("198.51.100.0/24"),)
        await asyncio.sleep(0.1)
        sensor.service._observe(raw_syn("198.51.100.5", 2))
        await sensor.reported("scan-opened")

    sensor.run(script)


def test_declared_networks_apply_after_a_reload(sensor: Sensor) -> None:
    async def script(sensor: Sensor) -> None:
        sensor.service._observe(raw_syn("198.51.100.5"))
        assert sensor.service.counters.alerts == 0
        await sensor.reload(sensor.config(networks=["198.51.100.0/24"]))
        sensor.service._observe(raw_syn("198.51.100.5", 2))
        await sensor.reported("scan-opened")

    sensor.run(script)
