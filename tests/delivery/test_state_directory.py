"""The spool's directory is the configured one, systemd's, or the usual one if it is writable."""

from pathlib import Path

import pytest

from nmapwatchd.delivery import state_directory as module
from nmapwatchd.delivery.state_directory import state_directory


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual directory of these tests, which does not exist yet."""
    directory = tmp_path / "usual"
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(module, "STATE_DIRECTORY", str(directory))
    return directory


def test_the_configured_directory_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    assert state_directory("/there") == Path("/there")


def test_of_the_service_manager_s_directories_the_first_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}:/elsewhere")

    assert state_directory("") == tmp_path


def test_a_directory_of_the_service_manager_is_used_even_if_it_is_missing_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "missing"))

    assert state_directory("") == tmp_path / "missing"


def test_the_usual_directory_is_used_if_it_exists_and_belongs_to_this_user(
    usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_directory("") is None
    usual.mkdir()
    assert state_directory("") == usual

    monkeypatch.setattr("os.geteuid", lambda: usual.stat().st_uid + 1)

    assert state_directory("") is None
