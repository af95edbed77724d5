"""The system manager is asked about the service's unit."""

import subprocess
from collections.abc import Mapping

import pytest

from nmapwatchd.sinks.unit import unit_properties


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("LoadState=loaded\nLogRateLimitBurst=5\n",
         {"LoadState": "loaded", "LogRateLimitBurst": "5"}),
        ("LoadState=not-found\nLogRateLimitBurst=0\n", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_properties_of_the_unit_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, output: str, expected: Mapping[str, str]
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[-1] == "LoadState,LogRateLimitBurst"
        return subprocess.CompletedProcess(command, 0, output)

    monkeypatch.setattr(subprocess, "run", run)

    assert unit_properties("LogRateLimitBurst") == expected


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(), subprocess.TimeoutExpired("", 2), subprocess.CalledProcessError(1, "")],
)
def test_without_a_system_manager_there_is_no_unit(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def run(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", run)

    assert unit_properties() == {}
