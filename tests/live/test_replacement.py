"""Frames that a replaced tshark does not read in time are counted and reported as lost."""

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

# Runs the service such that its tshark is stopped just before it is replaced.
REPLACING = """
import asyncio, os, signal, sys
from nmapwatchd.capture import health
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.cli import main
open_pipeline, prepare = CapturePipeline.open, CapturePipeline.prepare
opened = []
async def open_and_keep(pipeline):
    opened.append(pipeline)
    await open_pipeline(pipeline)
async def prepare_and_stop_the_old(pipeline):
    health.MEMORY_GROWTH = 1 << 40
    await prepare(pipeline)
    os.kill(opened[0].pids[1], signal.SIGSTOP)
    await asyncio.sleep(0.5)
CapturePipeline.open, CapturePipeline.prepare = open_and_keep, prepare_and_stop_the_old
health.MEMORY_GROWTH = -(1 << 40)
sys.exit(main())
"""


def test_what_a_replaced_tshark_had_not_read_in_time_is_counted_and_reported(
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
    event = next(d for d in sensor.documents if d["event"]["action"] == "sensor-dropping")

    lost_at_handover = event["nmapwatchd"]["counters"]["lost_at_handover"]
    assert lost_at_handover > 0
    assert f"about {lost_at_handover} frames were lost with a tshark" in event["message"]
    assert "sensor-blind" not in sensor.actions()
