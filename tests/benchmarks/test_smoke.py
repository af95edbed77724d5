"""A short run of the benchmarks generates traffic, runs the sensors and writes results."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.comparisons import COMPARISONS

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Smoke:
    """A completed run: its directory and its process ID."""

    folder: Path
    pid: int

    def comparisons(self) -> list[dict[str, Any]]:
        """Return the results."""
        results = json.loads((self.folder / "results.json").read_text())
        comparisons: list[dict[str, Any]] = results["comparisons"]
        return comparisons


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """Run the benchmarks as a smoke test."""
    folder = tmp_path_factory.mktemp("benchmarks")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks", "--smoke",
            "--cache", str(folder / "cache"), "--results", str(folder),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return Smoke(folder, process.pid)


def test_every_comparison_has_results(smoke: Smoke) -> None:
    assert {one["comparison"] for one in smoke.comparisons()} == set(COMPARISONS)


def test_every_sensor_detects_every_test_scan(smoke: Smoke) -> None:
    rows = [
        row for one in smoke.comparisons() if one["comparison"] != "memory"
        for row in one["rows"]
    ]  # fmt: skip

    assert all(row["expected"] > 0 and not row["missed"] for row in rows)


def test_naive_pyshark_is_slower(smoke: Smoke) -> None:
    nmapwatchd, naive = smoke.comparisons()[0]["rows"][:2]

    assert naive["name"].startswith("naive pyshark")
    assert nmapwatchd["rate"]["median"] > naive["rate"]["median"]


def test_pyshark_has_the_higher_latency(smoke: Smoke) -> None:
    (latency, _) = (one for one in smoke.comparisons() if one["comparison"] == "latency")
    nmapwatchd, pyshark = latency["rows"]

    assert pyshark["name"] == "pyshark.LiveCapture"
    assert nmapwatchd["rate"]["maximum"] < pyshark["rate"]["minimum"]


def test_memory_is_measured_to_the_end(smoke: Smoke) -> None:
    (memory,) = (one for one in smoke.comparisons() if one["comparison"] == "memory")

    assert all(row["rate"]["median"] > 0 for row in memory["rows"])
    assert " 0 planned replacements" in memory["rows"][0]["remark"]
    assert " 0 lost" in memory["rows"][0]["remark"]


def test_the_chart_is_svg(smoke: Smoke) -> None:
    chart = ET.fromstring((smoke.folder / "results.svg").read_text())

    assert chart.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(chart.findall(".//{http://www.w3.org/2000/svg}rect")) > 1


def test_directories_and_namespaces_are_removed(smoke: Smoke) -> None:
    namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)

    assert [p.name for p in (smoke.folder / "cache").iterdir() if p.is_dir()] == []
    assert f"nwb{smoke.pid}-" not in namespaces.stdout
