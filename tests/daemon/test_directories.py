"""Where the service puts its socket and metrics, and where a client finds them."""

import os
from pathlib import Path

import pytest

from nmapwatchd.daemon import directories
from nmapwatchd.daemon.directories import profile_parent, runtime_directory, selftest_socket


@pytest.fixture(autouse=True)
def default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default directory, which does not exist yet; systemd has given none."""
    found = tmp_path / "default"
    monkeypatch.setattr(directories, "DEFAULT_RUNTIME_DIRECTORY", str(found))
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return found


def test_the_configured_directory_precedes_systemds_and_that_the_default(
    default: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default.mkdir()
    assert runtime_directory("") == default

    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/first:/run/second")
    assert runtime_directory("") == Path("/run/first")
    assert runtime_directory("/run/configured") == Path("/run/configured")


def test_the_default_directory_must_exist_and_be_the_services(
    default: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runtime_directory("") is None

    default.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: default.stat().st_uid + 1)
    assert runtime_directory("") is None


def test_the_profile_of_an_unprivileged_service_is_in_the_runtime_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    directory = tmp_path / "run"

    assert profile_parent(str(directory)) == directory
    assert directory.stat().st_mode & 0o777 == 0o755


def test_the_profile_of_a_service_that_root_started_is_a_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert profile_parent(str(tmp_path / "run")) is None
    assert not (tmp_path / "run").exists()


def test_the_profile_is_a_temporary_file_while_the_runtime_directory_cannot_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "file").write_text("")

    assert profile_parent(str(tmp_path / "file" / "run")) is None


def test_a_client_finds_the_socket_without_systemds_environment(default: Path) -> None:
    assert selftest_socket("") == default / "selftest.socket"
    assert selftest_socket("/run/configured") == Path("/run/configured/selftest.socket")


@pytest.mark.parametrize(
    ("interface", "instance"),
    [
        ("eth1", "eth1"),
        ("br-lan.10", r"br\x2dlan.10"),
        ("a$\u00fc", r"a\x24\xc3\xbc"),
        (".x", r"\x2ex"),
    ],
)
def test_a_client_finds_the_socket_of_an_instance(
    default: Path, interface: str, instance: str
) -> None:
    socket = Path(f"{default}@{instance}") / "selftest.socket"

    assert selftest_socket("", interface) == socket
