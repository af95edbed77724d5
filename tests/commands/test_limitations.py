"""A running service's metrics show which interfaces it does not inspect in full."""

import os
import time
from pathlib import Path

import pytest

from nmapwatchd.commands.limitations import MAXIMUM_AGE_SECONDS, limitations
from nmapwatchd.config.settings import Settings

METRICS = """nmapwatchd_interface_uninspected_percent{interface="eth1"} 42
nmapwatchd_interface_uninspected_percent{interface="eth2"} 4
nmapwatchd_interface_uninspected_percent{interface="eth3"} 5
"""


def written(file: Path, age: float = 0.0, text: str = METRICS) -> Path:
    """Write metrics of some seconds ago."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    os.utime(file, (time.time() - age,) * 2)
    return file


def test_a_share_of_a_twentieth_is_a_warning(tmp_path: Path) -> None:
    file = written(tmp_path / "metrics.prom")

    assert [
        str(line).partition(";")[0] for line in limitations(Settings(metrics_file=str(file)))
    ] == [
        "interfaces: eth1: 42 % of the frames are not inspected",
        "interfaces: eth3: 5 % of the frames are not inspected",
    ]


def test_the_metrics_are_in_the_runtime_directory_by_default(tmp_path: Path) -> None:
    written(tmp_path / "run" / "metrics.prom")

    assert len(limitations(Settings(runtime_directory=str(tmp_path / "run")))) == 2


@pytest.mark.parametrize("age", [MAXIMUM_AGE_SECONDS + 5, 86_400.0])
def test_metrics_of_a_service_that_has_ended_are_ignored(age: float, tmp_path: Path) -> None:
    file = written(tmp_path / "metrics.prom", age)

    assert limitations(Settings(metrics_file=str(file))) == []


def test_without_metrics_there_is_no_warning(tmp_path: Path) -> None:
    assert limitations(Settings(metrics_file=str(tmp_path / "absent"))) == []
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\x00")
    assert limitations(Settings(metrics_file=str(file))) == []
