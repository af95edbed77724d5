"""A full disk, a starved tshark or a lost journal does not blind the sensor."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.journal import JOURNALD, Journal
from tests.lab.network import inside, wait_until
from tests.live.background import background_process
from tests.live.cable import INTERFACE, Cable
from tests.live.machine import CHECKOUT
from tests.live.scarcity import starved
from tests.live.service import PROGRAM, Service, service

pytestmark = pytest.mark.live

# Seconds within which a sensor captures again.
SOON = 5.0

# Gives the sensor its own small /tmp and disk; the arguments are the checkout, which stays visible
# if it is below /tmp, and where the disk is mounted.
_SMALL = """
exec 9<"$1"
mount -t tmpfs -o size=2m tmpfs /tmp
mkdir -p "$1"
mount --no-canonicalize --bind /proc/self/fd/9 "$1"
exec 9<&-
mount -t tmpfs -o size=2m tmpfs "$2"
shift 2
exec "$@"
"""

# Sends requests that match no signature but pass the kernel filter; the arguments are the interface
# and the rate per second.
_LOAD = """
import socket, sys, time
from tests.frames import frame
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
    out.bind((sys.argv[1], 0))
    for number in range(1 << 30):
        head = b"GET /%d HTTP/1.1\\r\\nHost: x\\r\\nUser-Agent: curl\\r\\n\\r\\n" % number
        ports = 1024 + number % 60_000, 80
        out.send(frame(head, source=f"10.9.{number % 200}.1", ports=ports, number=number))
        time.sleep(1 / int(sys.argv[2]))
"""

# It changes the kernel filter, so that a reload writes tshark's profile.
_SIGNATURE = """
[[signature]]
id = "payload.site"
title = "A site signature"
match = { payload.starts = "|c5 a7 e1 99|site" }
confidence = "exclusive"
options = ["--script site"]
source = "site.nse"
examples = ["|c5 a7 e1 99|site 1"]
near_misses = ["|c5 a7 e1 98|site 1"]
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder outside of /tmp, with a mount point for a small disk."""
    found = Path(tempfile.mkdtemp(prefix="nwd-troubles-", dir="/var/tmp"))
    (found / "disk").mkdir()
    (found / "signatures").mkdir()
    yield found
    shutil.rmtree(found)


@pytest.fixture(scope="module")
def sensor(wire: Cable, wire_journal: Journal, folder: Path) -> Iterator[Service]:
    """One service, with a small /tmp and a small disk, which must survive every test."""
    program = (
        "unshare",
        "--mount",
        "sh",
        "-ec",
        _SMALL,
        "sh",
        str(CHECKOUT),
        f"{folder}/disk",
        str(PROGRAM),
    )
    spool = f'[spool]\ndirectory = "{folder}/disk/spool"\n'
    file = f'[[sink]]\nkind = "jsonl"\npath = "{folder}/disk/alerts.jsonl"\n'
    with service(wire.tap, wire_journal, folder, program, spool=spool, file=file) as found:
        yield found
        assert found.process.poll() is None, "it was never restarted"


@contextmanager
def full(sensor: Service, mount: str) -> Iterator[None]:
    """Fill a mount of the sensor's namespace to the last byte."""
    within = ["nsenter", "--mount", f"--target={sensor.process.pid}", "--"]
    file = f"{mount}/fill"
    subprocess.run(
        [*within, "sh", "-c", f"cat /dev/zero > {file}; cat /dev/zero >> {file}"],
        check=False, capture_output=True,
    )  # fmt: skip
    yield
    subprocess.run([*within, "rm", file], check=True)


def alerted(wire: Cable, sensor: Service, seconds: float = SOON) -> str:
    """Send a request and wait for its alert; return the source."""
    source = wire.request()
    wait_until(lambda: any(s["source"]["ip"] == source for s in sensor.scans), source, seconds)
    return source


def test_a_full_tmp_prevents_neither_a_new_child_nor_recovery_from_a_failed_reload(
    wire: Cable, sensor: Service, folder: Path
) -> None:
    before = len(sensor.documents)
    with full(sensor, "/tmp"):  # noqa: S108
        os.kill(sensor.children()["tshark"], signal.SIGKILL)
        wait_until(lambda: "sensor-recovered" in sensor.actions()[before:], "recovery", SOON)
        alerted(wire, sensor)
        (folder / "signatures" / "payload.toml").write_text(_SIGNATURE)
        config = sensor.config.read_text()
        sensor.config.write_text(
            config.replace("signatures = []", f'signatures = ["{folder}/signatures"]')
        )
        sensor.process.send_signal(signal.SIGHUP)
        sensor.wait_notified("READY=1")
        alerted(wire, sensor)

    log = (folder / "log").read_text()
    assert "reload failed, configuration unchanged error='tshark: " in log
    assert "No space left on device" in log
    sensor.config.write_text(config)


def test_a_full_disk_delays_no_alert_and_is_reported(
    wire: Cable, sensor: Service, folder: Path
) -> None:
    with full(sensor, f"{folder}/disk"):
        # Free pages within the files may be filled first.
        for _ in range(8):
            alerted(wire, sensor)
        wait_until(lambda: sensor.notified("No space left on device"), "the error", 10)

    sensor.wait_notified("STATUS=capturing on ")
    last = alerted(wire, sensor)
    kept = Path(f"/proc/{sensor.process.pid}/root{folder}/disk/alerts.jsonl")
    wait_until(lambda: last in kept.read_text(), "the file that was full", 15)
    sources = {scan["source"]["ip"] for scan in sensor.scans}
    assert all(source in kept.read_text() for source in sources)


def test_a_journal_that_is_restarted_has_every_alert(
    wire: Cable, wire_journal: Journal, sensor: Service
) -> None:
    with ExitStack() as stack:
        # Keeps the journal's mount namespace when it has ended.
        anchor = stack.enter_context(background_process(wire_journal.inside(["sleep", "infinity"])))
        wait_until(lambda: Path(f"/proc/{anchor.pid}/comm").read_text() == "sleep\n", "the anchor")
        os.kill(wire_journal.pid, signal.SIGKILL)
        meanwhile = alerted(wire, sensor)
        wait_until(lambda: sensor.notified("journald"), "the error in STATUS", 10)
        restarted = stack.enter_context(background_process(Journal(anchor.pid).inside([JOURNALD])))
        back = Journal(restarted.pid)
        ended = time.monotonic()
        afterwards = alerted(wire, sensor)
        print(f"alerted {time.monotonic() - ended:.1f} s after the journal was restarted")

        def known(source: str) -> bool:
            with suppress(subprocess.CalledProcessError):  # the journal has no file yet
                return bool(back.entries(f"NMAPWATCHD_SOURCE={source}"))
            return False

        wait_until(lambda: known(meanwhile) and known(afterwards), "both alerts", 15)


def test_a_starved_tshark_is_reported_and_catches_up(wire: Cable, sensor: Service) -> None:
    before = len(sensor.documents)
    with background_process(inside(wire.sender, [sys.executable, "-c", _LOAD, INTERFACE, "1500"])):
        with starved(sensor.children()["tshark"]):
            wait_until(lambda: "sensor-blind" in sensor.actions()[before:], "blindness", 15)
        ended = time.monotonic()
        # It catches up, or is replaced: frames until then may be lost, which was reported.
        wait_until(lambda: "sensor-recovered" in sensor.actions()[before:], "recovery", SOON)
        alerted(wire, sensor, ended + SOON - time.monotonic())
        print(f"alerted {time.monotonic() - ended:.1f} s after it had enough again")

    blind = [d for d in sensor.documents[before:] if d["event"]["action"] == "sensor-blind"]
    print(blind[0]["nmapwatchd"]["detail"])
    assert blind[0]["nmapwatchd"]["detail"].startswith("tshark ")
