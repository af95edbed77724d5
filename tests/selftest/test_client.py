"""The client reports why there are no results, whatever is at the other end of the socket."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nmapwatchd.selftest import client
from nmapwatchd.selftest.client import SelfTestError, request_selftest
from nmapwatchd.selftest.protocol import (
    Instructions,
    SelfTestResult,
    decode_request,
    decode_unsent,
    encode_instructions,
    encode_refusal,
    encode_results,
)

RESULTS = [SelfTestResult("journald", "", 0.1), SelfTestResult("tcp://siem:514", "refused")]


@contextmanager
def replying(path: Path, *replies: bytes, holds: bool = False) -> Iterator[list[bytes]]:
    """Reply at a socket and close the connection, or hold it; give the list of requests."""
    requests: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            requests.append(lines.readline())
            for number, reply in enumerate(replies):
                if number:
                    requests.append(lines.readline())
                connection.sendall(reply)
            if holds:
                over.wait(10)

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield requests
        finally:
            over.set()
            thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "selftest.socket"


def error(path: Path) -> str:
    """Return why a self-test has no results."""
    with pytest.raises(SelfTestError) as raised:
        list(request_selftest(path, 0.1))
    return str(raised.value)


def test_the_results_are_the_services(path: Path) -> None:
    instructions = encode_instructions(Instructions("0" * 32, ()))
    with replying(path, instructions, encode_results(RESULTS)) as requests:
        assert list(request_selftest(path, 3.5)) == RESULTS

    assert decode_request(requests[0]) == 3.5


def test_the_service_receives_the_interfaces_that_the_client_cannot_send_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        client, "_send", lambda names, _token: [(name, "cannot send: down") for name in names]
    )
    instructions = encode_instructions(Instructions("0" * 32, ("eth0",)))
    with replying(path, instructions, encode_results(RESULTS)) as requests:
        assert list(request_selftest(path, 1)) == RESULTS

    assert decode_unsent(requests[1]) == {"eth0": "cannot send: down"}


def test_no_socket(path: Path) -> None:
    assert error(path) == f"not running: no socket at {path}"


def test_a_socket_that_a_killed_service_left(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))

    assert error(path) == f"not running: connection refused by {path}"


def test_a_socket_of_a_service_that_hangs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REPLY_SECONDS", 0.1)
    with replying(path, holds=True):
        assert error(path) == "the service does not respond"


def test_a_service_that_ends(path: Path) -> None:
    with replying(path, encode_instructions(Instructions("0" * 32, ()))):
        assert error(path) == "the service ended during the self-test"


def test_a_refusal(path: Path) -> None:
    with replying(path, encode_refusal("another self-test is running")):
        assert error(path) == "another self-test is running"


@pytest.mark.parametrize("reply", [b"220 mail ESMTP\r\n", b"[]\n", b'{"token": 1}\n'])
def test_a_socket_of_something_else(path: Path, reply: bytes) -> None:
    with replying(path, reply):
        assert error(path) == f"{path}: not a socket of nmapwatchd"


def test_a_user_who_may_not_open_the_socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Denied(socket.socket):
        def connect(self, _address: object) -> None:
            raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("nmapwatchd.selftest.client.socket.socket", Denied)

    assert error(path) == "only root may run a self-test"


def test_any_other_error_names_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()

    assert error(path / ("x" * 200)).startswith(f"{path}/x")
