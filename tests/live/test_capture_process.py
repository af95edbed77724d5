"""What the kernel has captured comes out once, however often the output changes, and at the end."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from nmapwatchd.capture.pipeline import SILENCE_SECONDS
from nmapwatchd.capture.process import BUFFER, PROGRAM, SNAPSHOT
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import frames_of
from tests.lab.network import inside
from tests.live.cable import INTERFACE, Cable
from tests.soak.live import marks

pytestmark = pytest.mark.live

# More than a pipe holds, so that most of them wait in the kernel's buffer.
FRAMES = 5_000
# Small frames that come at once, of which a buffer of slots of one size would hold a tenth.
BURST = 100_000
OUTPUTS = 20
LINK = 1  # Ethernet


class Capturing:
    """A capture process on the tap, told as the service tells it."""

    def __init__(self, wire: Cable, folder: Path) -> None:
        program = compile_filters(shipped_catalogue()).kernel[LINK]
        filters = folder / "filters"
        filters.write_bytes(b"%d %d\n%b" % (LINK, len(program), program))
        self.wishes, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-m", PROGRAM]
        with theirs, filters.open("rb") as descriptor:
            command += [str(descriptor.fileno()), "live", INTERFACE, str(BUFFER), str(SNAPSHOT)]
            self.process = subprocess.Popen(
                inside(wire.tap.namespace, command),
                stdin=theirs.fileno(),
                stderr=subprocess.PIPE,
                pass_fds=(descriptor.fileno(),),
            )
        assert self.process.stderr is not None
        assert self.process.stderr.readline() == b"open 1\n"

    def output(self) -> int:
        """Have it write to another pipe; return that one's end."""
        reader, writer = os.pipe()
        socket.send_fds(self.wishes, [b"heir "], [writer])
        os.close(writer)
        self.wishes.send(b"succeed")
        return reader


def read(reader: int, file: Path) -> list[bytes]:
    """Return the frames that come out of a pipe until it ends."""
    with os.fdopen(reader, "rb") as pipe:
        file.write_bytes(pipe.read())
    return frames_of(file)


def send(wire: Cable, capture: Path, how: str) -> None:
    replay = ["tcpreplay", "--quiet", how, f"--intf1={INTERFACE}", str(capture)]
    subprocess.run(inside(wire.sender, replay), check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("count", "how"),
    [(BURST, "--topspeed"), (FRAMES, f"--pps={FRAMES / SILENCE_SECONDS}")],
    ids=["at once", "until it is noticed that nobody reads"],
)
def test_a_capture_that_is_told_to_finish_writes_what_waits_in_the_kernel(
    wire: Cable, tmp_path: Path, count: int, how: str
) -> None:
    sent, _ = marks(tmp_path, count)
    capturing = Capturing(wire, tmp_path)
    reader = capturing.output()
    send(wire, sent, how)
    capturing.wishes.close()

    assert read(reader, tmp_path / "written.pcap") == frames_of(sent)
    assert capturing.process.wait() == 0


def test_each_frame_comes_to_one_output_while_they_take_each_others_place(
    wire: Cable, tmp_path: Path
) -> None:
    sent, _ = marks(tmp_path, FRAMES)
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
        capturing.wishes.close()
        parts = [part.result() for part in changing.result()]

    assert capturing.process.wait() == 0
    assert [frame for part in parts for frame in part] == frames_of(sent)
    assert sum(bool(part) for part in parts) > OUTPUTS // 2


def test_an_output_that_nobody_reads_any_more_does_not_end_the_capture(
    wire: Cable, tmp_path: Path
) -> None:
    sent, _ = marks(tmp_path, FRAMES)
    capturing = Capturing(wire, tmp_path)
    gone = capturing.output()
    os.read(gone, 1)
    os.close(gone)
    send(wire, sent, "--topspeed")
    os.close(capturing.output())  # before it has been given anything
    reader = capturing.output()
    send(wire, sent, "--topspeed")
    capturing.wishes.close()

    assert read(reader, tmp_path / "written.pcap")[-FRAMES:] == frames_of(sent)
    assert capturing.process.wait() == 0
