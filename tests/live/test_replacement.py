"""What a tshark that is replaced does not read in time is lost aloud."""

import sys
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import inside, wait_until
from tests.live.background import background_process
from tests.live.cable import INTERFACE, Cable
from tests.live.service import service
from tests.soak.live import datagrams

pytestmark = pytest.mark.live

# Runs the service such that its tshark stands still just before it is replaced.
REPLACING = """
import asyncio, os, signal, sys
from nmapwatchd.capture import supervisor as watch
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.cli import main
open_interface, begin_beside = CapturePipeline.open_interface, CapturePipeline.begin_beside
opened = []
async def remembered(lane, loud):
    opened.append(lane)
    await open_interface(lane, loud)
async def begin_late(lane, front):
    watch.MEMORY_GROWTH = 1 << 40
    await begin_beside(lane, front)
    os.kill(opened[0].pids[1], signal.SIGSTOP)
    await asyncio.sleep(0.5)
CapturePipeline.open_interface, CapturePipeline.begin_beside = remembered, begin_late
watch.MEMORY_GROWTH = -(1 << 40)
sys.exit(main())
"""


def test_what_a_replaced_tshark_had_not_read_in_time_is_counted_and_said(
    wire: Cable, wire_journal: Journal, tmp_path: Path
) -> None:
    program = (sys.executable, "-c", REPLACING)
    load = ["tcpreplay", "--quiet", "--timer=nano", "--pps=200", f"--intf1={INTERFACE}"]
    load += ["--loop=0", str(datagrams(tmp_path))]
    with (
        background_process(inside(wire.sender, load)),
        service(wire.tap, wire_journal, tmp_path, program) as sensor,
    ):
        sensor.wait_reported("sensor-dropping")
        source = wire.request()
        wait_until(lambda: source in {d["source"]["ip"] for d in sensor.scans}, "the scan")
    said = next(d for d in sensor.documents if d["event"]["action"] == "sensor-dropping")

    lost_at_handover = said["nmapwatchd"]["counts"]["lost_at_handover"]
    assert lost_at_handover > 0
    assert f"about {lost_at_handover} frames were lost at handover" in said["message"]
    assert "sensor-blind" not in sensor.actions()
