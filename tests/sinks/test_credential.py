"""A file of the configuration is a path, or a credential of the service manager."""

from pathlib import Path

import pytest

from nmapwatchd.sinks.credential import check_name, resolve
from nmapwatchd.sinks.sink import SinkError


@pytest.mark.parametrize("file", ["", "/etc/key", "../key", "credential:key", "credential:a.b-c_1"])
def test_paths_and_names_are_accepted(file: str) -> None:
    check_name(file)


@pytest.mark.parametrize(
    "file", ["credential:", "credential:../shadow", "credential:.key", "credential:a/b"]
)
def test_another_name_is_refused(file: str) -> None:
    with pytest.raises(ValueError, match="is not a credential such as credential:nmapwatchd"):
        check_name(file)


def test_a_path_is_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")

    assert resolve("/etc/key") == Path("/etc/key")


def test_a_credential_is_in_the_directory_of_the_service_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "key").write_text("secret")
    assert resolve("credential:key") == tmp_path / "key"

    with pytest.raises(SinkError, match=r"^credential:other: No such file or directory"):
        resolve("credential:other")

    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(SinkError, match=r"^credential:key: the service manager passed no cred"):
        resolve("credential:key")


def test_the_default_of_the_unit_is_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "key").write_text("\n")

    with pytest.raises(SinkError, match=r"^credential:key: there is no such credential"):
        resolve("credential:key")
