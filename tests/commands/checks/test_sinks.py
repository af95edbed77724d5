"""A sink that is not available, or that doubles another, is reported; nothing is sent."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.commands.checks import sinks as module
from nmapwatchd.commands.checks.sinks import reachable_part, sink_warnings
from nmapwatchd.config.sinks import JournaldSettings, JsonlSettings, SinkSettings, SyslogSettings
from nmapwatchd.sinks.sink import SinkError

# What to do about an absent folder, and an absent socket.
FOLDER = "the service retries: make its folder writable for the service's user"
SOCKET = "the service retries: start what listens there"


@pytest.fixture(autouse=True)
def _no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JournaldSettings, "probe", lambda _: None)
    monkeypatch.setattr(JournaldSettings, "warnings", lambda *_: iter(()))
    monkeypatch.delenv("LOGS_DIRECTORY", raising=False)


def warnings_of(*sinks: SinkSettings) -> list[str]:
    """Return the warnings of sinks."""
    return [str(warning) for warning in sink_warnings(sinks, 1)]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return a socket to which collectors' clients can connect."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        yield server


def address(server: socket.socket) -> str:
    """Return the address of a socket, as in a URL."""
    host, port = server.getsockname()
    return f"{host}:{port}"


def test_sinks_that_are_not_available_are_named_by_number(tmp_path: Path) -> None:
    found = warnings_of(
        JsonlSettings(path=str(tmp_path / "a")),
        JsonlSettings(path=str(tmp_path / "absent" / "a")),
        SyslogSettings(to=f"unix:{tmp_path}/log"),
    )

    assert found == [
        f"sink[2]: jsonl {tmp_path}/absent/a: No such file or directory; {FOLDER}",
        f"sink[3]: unix:{tmp_path}/log: No such file or directory; {SOCKET}",
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_journal_is_the_sink_if_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: JournaldSettings) -> None:
        raise SinkError("journald: No such file or directory")

    monkeypatch.setattr(JournaldSettings, "probe", refuse)

    assert warnings_of() == [
        "sink: journald: No such file or directory; the service retries: start systemd-journald"
    ]


def test_the_log_directory_of_the_unit_is_created_by_its_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = tmp_path / "logs"
    monkeypatch.setenv("LOGS_DIRECTORY", str(logs))
    inside, below = JsonlSettings(path="a.jsonl"), JsonlSettings(path="deeper/a.jsonl")

    assert warnings_of(inside) == []
    assert len(warnings_of(below)) == 1

    logs.mkdir(mode=0o500)
    assert len(warnings_of(inside)) == (0 if os.geteuid() == 0 else 1)


def test_a_collector_that_answers_is_connected_to_and_sent_nothing(
    listener: socket.socket,
) -> None:
    assert warnings_of(SyslogSettings(to=f"tcp://{address(listener)}")) == []

    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1) == b""


def test_a_collector_that_refuses_is_reported_with_what_to_check(
    listener: socket.socket,
) -> None:
    to = f"tcp://{address(listener)}"
    listener.close()

    assert warnings_of(SyslogSettings(to=to)) == [
        (
            f"sink[1]: {to}: Connection refused; the service retries: check address, collector and "
            "firewall"
        )
    ]


def test_a_collector_without_tls_fails_the_handshake(listener: socket.socket) -> None:
    def close() -> None:
        listener.accept()[0].close()

    thread = threading.Thread(target=close)
    thread.start()
    (warning,) = warnings_of(SyslogSettings(to=f"tls://{address(listener)}"))
    thread.join()

    assert warning.startswith(f"sink[1]: tls://{address(listener)}: ")


def test_a_name_that_does_not_resolve_is_reported() -> None:
    for scheme in ("udp", "tcp"):
        (warning,) = warnings_of(SyslogSettings(to=f"{scheme}://no-such-host.invalid:514"))

        assert warning.startswith(f"sink[1]: {scheme}://no-such-host.invalid:514: ")


def test_silent_collectors_take_no_longer_than_one(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    to = f"tls://{address(listener)}"  # accepts the connection, but never answers

    assert warnings_of(SyslogSettings(to=to), SyslogSettings(to=to, sd_id="a@1")) == [
        f"sink[{number}]: {to}: does not answer in 0 s; the service retries: check address, "
        "collector and firewall"
        for number in (1, 2)
    ]


def test_the_journal_beside_its_own_socket_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "dev-log"))
        (tmp_path / "log").symlink_to(tmp_path / "dev-log")
        local = SyslogSettings(to=f"unix:{tmp_path}/log")
        assert warnings_of(JournaldSettings(), local) == []

        monkeypatch.setattr(module, "_JOURNAL_SOCKETS", {tmp_path / "dev-log"})
        assert warnings_of(local) == []
        assert warnings_of(JournaldSettings(), local) == [
            (
                f"sink[2]: unix:{tmp_path}/log is the journal's socket, and journald a sink too: "
                "the journal has each message twice; remove one of the two"
            )
        ]


def test_credentials_of_the_unit_are_not_needed_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = SyslogSettings(
        to="tls://[::1]:6514", cert_file="credential:a.pem", key_file="credential:a.key"
    )
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert reachable_part(settings) == SyslogSettings(to="tcp://[::1]:6514")

    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/nmapwatchd.service")
    assert reachable_part(settings) is settings

    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    refused = SyslogSettings(to="tls://127.0.0.1:1", cert_file="credential:a.pem")
    assert warnings_of(refused)[0].startswith("sink[1]: tls://127.0.0.1:1: Connection refused")

    plain = SyslogSettings(to="tls://[::1]:6514", ca_file="/etc/ca.pem")
    assert reachable_part(plain) is plain
