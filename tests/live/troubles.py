"""Failures of a collector."""

import signal
import subprocess
import sys
import time

from tests.live.siem import start
from tests.sinks.collector import Collector

# Seconds that a collector is down, and how often one is killed; `python -m tests.live.outage` has
# longer outages.
OUTAGE = 12.0
KILLS = 8

# Accepts connections and resets each one; the argument is the port.
RESETS = r"""
import socket, struct, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        found, _ = server.accept()
        found.recv(100)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        found.close()
"""


def killed_repeatedly(found: Collector) -> None:
    for _ in range(KILLS):
        time.sleep(1)
        found.kill()
        time.sleep(1)
        start(found)


def down(found: Collector) -> None:
    found.kill()
    time.sleep(OUTAGE)
    start(found)


def slow(found: Collector) -> None:
    assert found.process is not None
    for _ in range(12):
        found.process.send_signal(signal.SIGSTOP)
        time.sleep(0.9)
        found.process.send_signal(signal.SIGCONT)
        time.sleep(0.1)


def unresponsive(found: Collector) -> None:
    """Accept messages without reading them, then die with those in the kernel's buffers."""
    found.stop()
    time.sleep(20)
    found.kill()
    start(found)


def resetting(found: Collector) -> None:
    found.kill()
    program = [*found.within, sys.executable, "-c", RESETS, str(found.port)]
    with subprocess.Popen(program) as resets:
        time.sleep(10)
        resets.kill()
    start(found)
