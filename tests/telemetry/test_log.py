"""The log is one line an entry, for the journal with a priority, for a terminal with a time."""

import re

import pytest
import structlog

from nmapwatchd.telemetry import log

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal reads standard error."""
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No journal reads standard error."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(("level", "priority"), [("info", 6), ("warning", 4), ("error", 3)])
def test_the_journal_gets_the_priority(level: str, priority: int, capsys: Capture) -> None:
    log.set_up()

    getattr(structlog.get_logger(), level)("blind", interface="eth0", seconds=3)

    assert capsys.readouterr().err == f"<{priority}>blind interface='eth0' seconds=3\n"


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_time_and_level(capsys: Capture) -> None:
    log.set_up()

    structlog.get_logger().warning("blind", interface="eth0")

    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z warning blind interface='eth0'\n", line
    )


@pytest.mark.usefixtures("journal")
def test_debug_entries_are_left_out(capsys: Capture) -> None:
    log.set_up()

    structlog.get_logger().debug("detail")

    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("text", "line"), [("two\nlines", "two | lines"), ("lone \udc80", "lone \\udc80")]
)
def test_no_text_breaks_a_line(text: str, line: str, capsys: Capture) -> None:
    log.set_up()

    structlog.get_logger().info(text)

    assert capsys.readouterr().err == f"<6>{line}\n"


@pytest.mark.usefixtures("journal")
def test_a_traceback_is_part_of_the_line(capsys: Capture) -> None:
    log.set_up()

    try:
        raise ValueError("why")
    except ValueError:
        structlog.get_logger().exception("internal error")

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("<3>internal error ")
    assert "ValueError: why" in line


def test_a_closed_standard_error_does_not_stop_the_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _text: str) -> None:
            raise ValueError("I/O operation on closed file")

        def flush(self) -> None:
            raise BrokenPipeError

    log.set_up()
    monkeypatch.setattr("sys.stderr", Closed())

    structlog.get_logger().error("nobody reads this")


@pytest.mark.usefixtures("terminal")
def test_an_error_at_the_end_is_plain_on_a_terminal(capsys: Capture) -> None:
    log.print_error("nmapwatchd: interfaces: none configured")

    assert capsys.readouterr().err == "nmapwatchd: interfaces: none configured\n"


@pytest.mark.usefixtures("journal")
def test_an_error_at_the_end_has_its_priority_in_the_journal(capsys: Capture) -> None:
    log.print_error("nmapwatchd: interfaces: none configured")

    assert capsys.readouterr().err == "<3>nmapwatchd: interfaces: none configured\n"


def test_a_missing_standard_error_does_not_send_the_log_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    log.set_up()
    monkeypatch.setattr("sys.stderr", None)

    structlog.get_logger().error("nobody reads this")
    log.print_error("nor this")

    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("journal")
def test_a_warning_has_its_priority_in_the_journal(capsys: Capture) -> None:
    log.print_warning("warning: drops")

    assert capsys.readouterr().err == "<4>warning: drops\n"
