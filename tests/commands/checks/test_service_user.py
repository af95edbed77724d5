"""Root becomes the service's user, with the capability to capture and no other."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.child.capabilities import get_capabilities
from nmapwatchd.commands.checks import service_user as module
from nmapwatchd.commands.checks.service_user import become_service_user, is_root

as_root = pytest.mark.skipif(not is_root(), reason="root becomes the service's user")

# Everything is imported before the change, as in the program.
SCRIPT = """
import os, sys
from pathlib import Path
from nmapwatchd.child.capabilities import get_capabilities
from nmapwatchd.commands.checks import service_user
from nmapwatchd.config.reader import read_settings
from nmapwatchd.errors import OperatorError
service_user.SERVICE_USER = "nobody"
print(service_user.become_service_user())
print(os.getresuid(), os.getgroups())
print(*(hex(word) for word in get_capabilities()))
print(os.environ["HOME"], os.environ.get("TMPDIR"), os.environ["LOGS_DIRECTORY"])
try:
    read_settings(Path(sys.argv[1]))
except OperatorError as error:
    print(error)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that every user can read, which pytest's own are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@as_root
def test_root_becomes_the_service_s_user_and_reads_what_that_may(folder: Path) -> None:
    file = folder / "nmapwatchd.toml"
    file.write_text('interfaces = ["lo"]\n')
    file.chmod(0o600)

    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file)],
        env={**os.environ, "TMPDIR": "/root"},
        capture_output=True,
        text=True,
        check=True,
    )

    user, ids, capabilities, environment, error = result.stdout.splitlines()
    assert user == "nobody"
    assert "(65534, 65534, 65534) [65534]" in ids
    capture = hex(get_capabilities()[1] & 1 << 13)
    assert capabilities == f"{capture} {capture} 0x0 0x0 0x0 0x0"
    assert environment == "/nonexistent None /var/log/nmapwatchd"
    assert error == f"{file}: Permission denied"


@as_root
def test_without_the_user_root_stays_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERVICE_USER", "no-such-user")

    assert become_service_user() == "root"
    assert is_root()


def test_another_user_is_told_who_can_judge_as_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    monkeypatch.setattr(module, "SERVICE_USER", "nobody")

    assert become_service_user() == "4000000000; root can check as nobody"


def test_the_service_s_user_has_the_unit_s_log_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65_534)
    monkeypatch.setattr(module, "SERVICE_USER", "nobody")
    monkeypatch.setenv("LOGS_DIRECTORY", "/var/log/nmapwatchd@eth1")

    assert become_service_user() == "nobody"
    assert os.environ["LOGS_DIRECTORY"] == "/var/log/nmapwatchd@eth1"

    monkeypatch.delenv("LOGS_DIRECTORY")
    become_service_user()
    assert os.environ["LOGS_DIRECTORY"] == "/var/log/nmapwatchd"


def test_without_the_service_s_user_another_user_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    monkeypatch.setattr(module, "SERVICE_USER", "no-such-user")

    assert become_service_user() == "4000000000"
