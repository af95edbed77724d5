"""What the kernel has captured is written once, however often outputs change, and at the end."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from nmapwatchd.capture.health import SILENCE_SECONDS
from nmapwatchd.capture.process import BUFFER, PROGRAM, SNAPSHOT
from nmapwatchd.child.protocol import (
    DISSECTOR,
    InterfaceArguments,
    Opened,
    PrepareOutput,
    SwitchOutput,
    encode_filters,
    parse_report,
    send_command,
)
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import frames_of
from tests.lab.network import inside
from tests.live.cable import INTERFACE, Cable
from tests.soak.live import numbered_requests

pytestmark = pytest.mark.live

# More than a pipe holds, so that most of them wait in the kernel's buffer.
FRAMES = 5_000
# A burst of small frames, of which a buffer of slots of one size would hold a tenth.
BURST = 100_000
OUTPUTS = 20
LINK = 1  # Ethernet


class Capturing:
    """A capture process on the tap, which gets commands as from the service."""

    def __init__(self, wire: Cable, folder: Path) -> None:
        kernel = compile_filters(shipped_catalogue()).kernel
        filters = folder / "filters"
        filters.write_bytes(encode_filters({LINK: kernel[LINK]}))
        self.commands, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-m", PROGRAM]
        with child_end, filters.open("rb") as file:
            arguments = InterfaceArguments(file.fileno(), INTERFACE, BUFFER, SNAPSHOT)
            command += arguments.encode()
            self.process = subprocess.Popen(
                inside(wire.tap.namespace, command),
                stdin=child_end.fileno(),
                stderr=subprocess.PIPE,
                pass_fds=(file.fileno(),),
            )
        assert self.process.stderr is not None
        assert parse_report(self.process.stderr.readline()) == Opened(LINK)

    def output(self) -> int:
        """Switch its output to another pipe; return the reading end."""
        reader, writer = os.pipe()
        send_command(self.commands, PrepareOutput(DISSECTOR, b"", writer))
        os.close(writer)
        send_command(self.commands, SwitchOutput(DISSECTOR))
        return reader


def read(reader: int, file: Path) -> list[bytes]:
    """Return the frames that are written to a pipe until it ends."""
    with os.fdopen(reader, "rb") as pipe:
        file.write_bytes(pipe.read())
    return frames_of(file)


def send(wire: Cable, capture: Path, how: str) -> None:
    replay = ["tcpreplay", "--quiet", how, f"--intf1={INTERFACE}", str(capture)]
    subprocess.run(inside(wire.sender, replay), check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("count", "how"),
    [(BURST, "--topspeed"), (FRAMES, f"--pps={FRAMES / SILENCE_SECONDS}")],
    ids=["burst", "until the reader's silence is detected"],
)
def test_a_capture_that_finishes_writes_what_waits_in_the_kernel(
    wire: Cable, tmp_path: Path, count: int, how: str
) -> None:
    sent, _ = numbered_requests(tmp_path, count)
    capturing = Capturing(wire, tmp_path)
    reader = capturing.output()
    send(wire, sent, how)
    capturing.commands.close()

    assert read(reader, tmp_path / "written.pcap") == frames_of(sent)
    assert capturing.process.wait() == 0


def test_each_frame_is_written_to_one_output_while_outputs_are_switched(
    wire: Cable, tmp_path: Path
) -> None:
    sent, _ = numbered_requests(tmp_path, FRAMES)
    capturing = Capturing(wire, tmp_path)
    with ThreadPoolExecutor(OUTPUTS + 1) as pool:

        def change() -> list[Future[list[bytes]]]:
            parts = []
            for number in range(OUTPUTS):
                parts.append(pool.submit(read, capturing.output(), tmp_path / f"{number}.pcap"))
                time.sleep(1 / OUTPUTS)  # they share the second that the frames take
            return parts

        changing = pool.submit(change)
        send(wire, sent, f"--pps={FRAMES}")
        changing.result()
        capturing.commands.close()
        parts = [part.result() for part in changing.result()]

    assert capturing.process.wait() == 0
    assert [frame for part in parts for frame in part] == frames_of(sent)
    assert sum(bool(part) for part in parts) > OUTPUTS // 2


def test_an_output_whose_reader_has_ended_does_not_end_the_capture(
    wire: Cable, tmp_path: Path
) -> None:
    sent, _ = numbered_requests(tmp_path, FRAMES)
    capturing = Capturing(wire, tmp_path)
    gone = capturing.output()
    os.read(gone, 1)
    os.close(gone)
    send(wire, sent, "--topspeed")
    os.close(capturing.output())  # before anything is written to it
    reader = capturing.output()
    send(wire, sent, "--topspeed")
    capturing.commands.close()

    assert read(reader, tmp_path / "written.pcap")[-FRAMES:] == frames_of(sent)
    assert capturing.process.wait() == 0
