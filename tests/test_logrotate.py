"""logrotate, with the file that is shipped, rotates the alerts of a running sink without a loss."""

import grp
import gzip
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sinks.collector import wait_until

SHIPPED = Path(__file__).parents[1] / "packaging" / "nmapwatchd.logrotate"
DIRECTORY = "/var/log/nmapwatchd"
LOGROTATE = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin") or "logrotate"

ROTATIONS = 10  # of the shipped 12, so that none is removed
# Writes numbered lines until its standard input ends, and prints how many.
WRITER = """
import sys, threading
from nmapwatchd.sinks.file import FileSink
from tests.formats.messages import OPENED, SENSOR

number = 0
sink = FileSink(sys.argv[1], SENSOR, lambda *_: b"line %d" % number)
sink.open()
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set())).start()
print("writing", flush=True)
while not over.is_set():
    sink.send(OPENED)
    number += 1
print(number)
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """The shipped file, for a directory of the test and the user who runs it."""
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    text = SHIPPED.read_text()
    for shipped, tested in (
        (f"{DIRECTORY}/*", f"{tmp_path}/log/*"),
        ("su nmapwatchd nmapwatchd", f"su {user} {group}"),
    ):
        assert shipped in text
        text = text.replace(shipped, tested)
    file = tmp_path / "logrotate.conf"
    file.write_text(text)
    file.chmod(0o644)
    (tmp_path / "log").mkdir(mode=0o750)
    return file


@pytest.fixture
def alerts(configuration: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A file of alerts, and the process that writes it."""
    file = configuration.parent / "log" / "alerts.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1],
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        yield file, writer


def rotate(configuration: Path, *options: str) -> None:
    state = configuration.parent / "state"
    command = [LOGROTATE, *options, "--state", str(state), str(configuration)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def written(file: Path) -> list[str]:
    """Return the lines of a file and of its rotated ones, the oldest first."""
    age = re.compile(re.escape(file.name) + r"(?:\.(\d+))?(?:\.gz)?")
    ages = {path: age.fullmatch(path.name) for path in file.parent.iterdir()}
    assert all(ages.values())
    lines: list[str] = []
    for path in sorted(ages, key=lambda path: -int((ages[path] or [0, 0])[1] or 0)):
        data = path.read_bytes()
        lines += (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    return lines


@pytest.mark.parametrize("creation", ["nocreate", "create", "create 0640"])
def test_no_line_is_lost_or_twice_while_the_file_is_rotated(
    creation: str, configuration: Path, alerts: tuple[Path, subprocess.Popen[str]]
) -> None:
    file, writer = alerts
    text = configuration.read_text()
    assert "    nocreate\n" in text
    configuration.write_text(text.replace("nocreate\n", f"{creation}\n"))
    for _ in range(ROTATIONS):
        wait_until(lambda: file.exists() and file.stat().st_size > 0)
        rotate(configuration, "--force")
    count, _ = writer.communicate()

    assert len([*file.parent.glob("*.gz")]) == ROTATIONS - 1
    assert written(file) == [f"line {number}" for number in range(int(count))]


def test_the_new_file_has_the_mode_that_the_sink_gives(
    configuration: Path, alerts: tuple[Path, subprocess.Popen[str]]
) -> None:
    file, writer = alerts
    rotate(configuration, "--force")
    wait_until(file.exists)
    writer.communicate()

    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o640}


def test_a_sensor_without_a_file_of_alerts_is_no_error(configuration: Path) -> None:
    rotate(configuration)
    rotate(configuration, "--force")
