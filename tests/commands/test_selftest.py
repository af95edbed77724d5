"""The self-test command prints a line for each interface and sink, and fails if one failed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.commands import selftest
from nmapwatchd.selftest.protocol import SelfTestResult

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration whose runtime directory belongs to the test."""
    file = tmp_path / "conf.toml"
    file.write_text(f'runtime_directory = "{tmp_path}/run"\n')
    return str(file)


def reply(monkeypatch: pytest.MonkeyPatch, *results: SelfTestResult) -> list[tuple[Path, float]]:
    """Have the service reply with results; return the list of requests."""
    requests = []

    def request(socket: Path, seconds: float) -> Iterator[SelfTestResult]:
        requests.append((socket, seconds))
        yield from results

    monkeypatch.setattr(selftest, "request_selftest", request)
    return requests


def test_success_is_one_line_for_each_result(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    requests = reply(
        monkeypatch, SelfTestResult("eth0", "", 0.051), SelfTestResult("journald", "", 0.1)
    )

    assert main(["selftest", "--config", config, "--seconds", "3"]) == 0

    assert capsys.readouterr().out == "eth0: OK after 0.05 s\njournald: OK after 0.10 s\n"
    assert requests == [(tmp_path / "run" / "selftest.socket", 3.0)]


def test_a_share_that_is_not_inspected_is_a_warning(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    reply(monkeypatch, SelfTestResult("eth0", "", 0.051))
    metrics = tmp_path / "run" / "metrics.prom"
    metrics.parent.mkdir()
    metrics.write_text('nmapwatchd_interface_uninspected_percent{interface="eth0"} 42\n')

    assert main(["selftest", "--config", config]) == 0

    assert (
        "warning: interfaces: eth0: 42 % of the frames are not inspected" in capsys.readouterr().out
    )


def test_one_failure_fails_it_and_is_an_error(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    reply(monkeypatch, SelfTestResult("eth0", "no link"), SelfTestResult("journald", "", 0.1))

    assert main(["selftest", "--config", config]) == 1

    printed = capsys.readouterr()
    assert printed.out == "journald: OK after 0.10 s\n"
    assert printed.err == "nmapwatchd: eth0: no link\n"


def test_a_service_that_is_not_running_fails_it(
    config: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["selftest", "--config", config]) == 1

    assert capsys.readouterr().err == (
        f"nmapwatchd: not running: no socket at {tmp_path}/run/selftest.socket\n"
    )


@pytest.mark.parametrize(
    ("seconds", "fault"),
    [
        ("0", "must be at least 1"),
        ("-1", "must be at least 1"),
        ("nan", "must be at least 1"),
        ("120.5", "must be at most 120"),
        ("1e400", "must be at most 120"),
        ("soon", '"soon" is not a number'),
        ("x\n", r'"x\n" is not a number'),
    ],
)
def test_a_time_limit_is_a_number_within_its_bounds(
    seconds: str, fault: str, config: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["selftest", "--config", config, f"--seconds={seconds}"])

    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"nmapwatchd selftest: error: argument --seconds: {fault}"


def test_an_instance_has_a_socket_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "conf.toml"
    file.write_text("")
    requests = reply(monkeypatch)

    assert main(["selftest", "--config", str(file), "--interface", "br-lan"]) == 0

    assert [str(path) for path, _ in requests] == [r"/run/nmapwatchd@br\x2dlan/selftest.socket"]


def test_an_error_names_its_sink_once(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    reply(monkeypatch, SelfTestResult("udp://siem:514", "udp://siem:514: Connection refused"))

    assert main(["selftest", "--config", config]) == 1

    assert capsys.readouterr().err == "nmapwatchd: udp://siem:514: Connection refused\n"
