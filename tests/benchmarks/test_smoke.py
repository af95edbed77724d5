"""A short run of the benchmarks works: traffic is generated, sensors run, results are written."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.comparisons import PAIRINGS

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Smoke:
    """A run that has ended: its folder and its process."""

    folder: Path
    pid: int

    def pairings(self) -> list[dict[str, Any]]:
        """What was measured."""
        found: list[dict[str, Any]] = json.loads((self.folder / "results.json").read_text())[
            "pairings"
        ]
        return found


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """Run the benchmarks for a short time."""
    folder = tmp_path_factory.mktemp("benchmarks")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks", "--smoke",
            "--cache", str(folder / "cache"), "--results", str(folder),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return Smoke(folder, process.pid)


def test_everything_is_compared(smoke: Smoke) -> None:
    assert {pairing["asked"] for pairing in smoke.pairings()} == set(PAIRINGS)


def test_every_sensor_tells_every_marked_scan(smoke: Smoke) -> None:
    rows = [
        row for pairing in smoke.pairings() if pairing["asked"] != "memory"
        for row in pairing["rows"]
    ]  # fmt: skip

    assert all(row["must"] > 0 and not row["missed"] for row in rows)


def test_naive_pyshark_is_slower(smoke: Smoke) -> None:
    ours, naive = smoke.pairings()[0]["rows"][:2]

    assert naive["name"].startswith("naive pyshark")
    assert ours["rate"]["median"] > naive["rate"]["median"]


def test_pyshark_is_later(smoke: Smoke) -> None:
    (latency, _) = (pairing for pairing in smoke.pairings() if pairing["asked"] == "latency")
    ours, pyshark = latency["rows"]

    assert pyshark["name"] == "pyshark.LiveCapture"
    assert ours["rate"]["most"] < pyshark["rate"]["least"]


def test_memory_is_seen_to_the_end(smoke: Smoke) -> None:
    (memory,) = (pairing for pairing in smoke.pairings() if pairing["asked"] == "memory")

    assert all(row["rate"]["median"] > 0 for row in memory["rows"])
    assert " 0 planned re-spawns" in memory["rows"][0]["remark"]
    assert " 0 lost" in memory["rows"][0]["remark"]


def test_drawing_is_svg(smoke: Smoke) -> None:
    drawing = ET.fromstring((smoke.folder / "results.svg").read_text())

    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(drawing.findall(".//{http://www.w3.org/2000/svg}rect")) > 1


def test_nothing_is_left_behind(smoke: Smoke) -> None:
    namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)

    assert [p.name for p in (smoke.folder / "cache").iterdir() if p.is_dir()] == []
    assert f"nwb{smoke.pid}-" not in namespaces.stdout
