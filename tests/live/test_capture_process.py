"""What the kernel has captured when a capture ends is not lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from nmapwatchd.capture.front import BUFFER, PROGRAM, SNAPSHOT
from nmapwatchd.sieve.plan import plan
from nmapwatchd.signature_files import shipped_catalogue
from tests.frames import frames_of
from tests.live.cable import INTERFACE, Cable
from tests.live.lab.network import inside
from tests.soak.live import marks

pytestmark = pytest.mark.live

# More than a pipe holds, so that most of them wait in the kernel's buffer.
FRAMES = 3_000
LINK = 1  # Ethernet


def test_a_capture_that_is_told_to_finish_writes_what_waits_in_the_kernel(
    wire: Cable, tmp_path: Path
) -> None:
    program = plan(shipped_catalogue()).kernel[LINK]
    filters = tmp_path / "filters"
    filters.write_bytes(b"%d %d\n%b" % (LINK, len(program), program))
    sent, _ = marks(tmp_path, FRAMES)
    with filters.open("rb") as descriptor:
        arguments = ["live", INTERFACE, str(BUFFER), str(SNAPSHOT)]
        given = str(descriptor.fileno())
        process = subprocess.Popen(
            inside(wire.tap.namespace, [sys.executable, "-I", "-m", PROGRAM, given, *arguments]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor.fileno(),),
        )
        assert process.stderr is not None
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr.readline() == b"open 1\n"
        replay = ["tcpreplay", "--quiet", "--topspeed", f"--intf1={INTERFACE}", str(sent)]
        subprocess.run(inside(wire.sender, replay), check=True, stdout=subprocess.DEVNULL)

        process.stdin.close()
        written = tmp_path / "written.pcap"
        written.write_bytes(process.stdout.read())

        assert process.wait() == 0
        assert frames_of(written) == frames_of(sent)
