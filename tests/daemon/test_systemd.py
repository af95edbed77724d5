"""Notifications reach the service manager, sooner or later, and never block the service."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from nmapwatchd.daemon.systemd import SystemdNotifier


@contextmanager
def manager(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service manager that listens at an address, written as in the environment."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.setblocking(False)
        listening.bind(address.replace("@", "\0", 1))
        yield listening


def received(listening: socket.socket) -> list[bytes]:
    """Return everything that waits to be read."""
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(listening.recv(1000))
    return found


def test_each_state_is_sent_with_a_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with manager(str(tmp_path / "notify"), monkeypatch) as listening:
        systemd = SystemdNotifier()
        systemd.ready("capturing on eth0")
        systemd.alive("capturing on eth0")
        systemd.reloading()
        systemd.stopping()
        systemd.stopped()

        assert [listening.recv(1000).decode() for _ in range(5)] == [
            "READY=1\nSTATUS=capturing on eth0",
            "WATCHDOG=1\nSTATUS=capturing on eth0",
            "RELOADING=1\nSTATUS=reloading the configuration",
            "STOPPING=1\nSTATUS=closing open scans",
            "STATUS=",
        ]


def test_the_address_may_be_abstract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with manager(f"@{tmp_path}", monkeypatch) as listening:
        SystemdNotifier().ready("")

        assert listening.recv(1000) == b"READY=1\nSTATUS="


def test_a_state_without_room_is_sent_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with manager(str(tmp_path / "notify"), monkeypatch) as listening:
        systemd = SystemdNotifier()
        for _ in range(1000):  # more than fit into the socket's queue
            systemd.alive("full")
        systemd.ready("ready")
        received(listening)
        systemd.alive("alive")

        assert received(listening) == [b"READY=1\nWATCHDOG=1\nSTATUS=alive"]


def test_without_a_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    SystemdNotifier().ready("nobody listens")


def test_an_absent_manager_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "absent"))
    systemd = SystemdNotifier()
    for _ in range(3):
        systemd.alive("")

    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("service manager not reachable") == 1
