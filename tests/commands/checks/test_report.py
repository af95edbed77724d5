"""Findings are columns in colour on a terminal, and plain lines elsewhere."""

import sys

import pytest

from nmapwatchd.commands.checks.report import print_findings, summary
from nmapwatchd.errors import Diagnostic

Capture = pytest.CaptureFixture[str]

ERRORS = [Diagnostic("sink[2]", "no network"), Diagnostic("interfaces: any", "no interface")]
WARNINGS = [
    Diagnostic("spool", "is full"),
    Diagnostic("clock", "is slow"),
    Diagnostic("spool", "is full"),
]


def show_on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard error be a terminal that shows colours."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_in_a_pipe_each_is_one_line_and_errors_are_first(capsys: Capture) -> None:
    print_findings(ERRORS, WARNINGS)

    assert capsys.readouterr().err.splitlines() == [
        "error: interfaces: any: no interface",
        "error: sink[2]: no network",
        "warning: clock: is slow",
        "warning: spool: is full",
    ]


def test_on_a_terminal_they_are_columns_in_colour(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_on_terminal(monkeypatch)

    print_findings(ERRORS[:1], WARNINGS)

    assert capsys.readouterr().err.splitlines() == [
        "\x1b[1;31merror  \x1b[0m  sink[2]  no network",
        "\x1b[33mwarning\x1b[0m  clock    is slow",
        "\x1b[33mwarning\x1b[0m  spool    is full",
    ]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colour_has_columns(
    name: str, value: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_on_terminal(monkeypatch)
    monkeypatch.setenv(name, value)

    print_findings(ERRORS[:1], [])

    assert capsys.readouterr().err == "error    sink[2]  no network\n"


def test_numbers_are_sorted_as_such(capsys: Capture) -> None:
    locations = ["sink[10]", "own.toml:9: id", "sink[2]", "own.toml:10", "sink"]

    print_findings([Diagnostic(location, "x") for location in locations], [])

    assert [line[7:-3] for line in capsys.readouterr().err.splitlines()] == [
        "own.toml:9: id",
        "own.toml:10",
        "sink",
        "sink[2]",
        "sink[10]",
    ]


def test_the_journal_has_their_priorities(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")

    print_findings(ERRORS[:1], WARNINGS[:1])

    assert capsys.readouterr().err == "<3>error: sink[2]: no network\n<4>warning: spool: is full\n"


def test_without_standard_error_nothing_is_printed(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    print_findings(ERRORS, WARNINGS)

    assert capsys.readouterr().out == ""


def test_the_last_line_has_the_number_of_each_and_the_user() -> None:
    assert summary(0, 1, "nmapwatchd") == "no errors, 1 warning; checked as the user nmapwatchd"
    assert summary(2, 0, "root") == "2 errors, no warnings; checked as the user root"
