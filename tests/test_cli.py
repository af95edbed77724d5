"""How the program ends, and what its help says."""

import errno
import io
import re

import pytest

import nmapwatchd
from nmapwatchd import cli
from nmapwatchd.cli import main
from nmapwatchd.commands import catalogue
from nmapwatchd.errors import Diagnostic, OperatorError

Capture = pytest.CaptureFixture[str]
COMMANDS = ("run", "replay", "check", "selftest", "explain", "allowlist", "catalogue", "drift")


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have the command `catalogue` raise an error."""

    def run(_options: object) -> int:
        raise error

    monkeypatch.setattr(catalogue, "run", run)


def test_an_operator_error_is_usage_with_a_line_for_each_diagnostic(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    failing(monkeypatch, OperatorError(Diagnostic("a", "first"), Diagnostic("b", "second")))

    assert main(["catalogue"]) == 2

    assert capsys.readouterr().err == "nmapwatchd: a: first\nnmapwatchd: b: second\n"


def test_an_interrupt_ends_with_a_shells_status(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())

    assert main(["catalogue"]) == 130


def test_a_reader_that_closes_its_end_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    failing(monkeypatch, BrokenPipeError())

    assert main(["catalogue"]) == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (FileNotFoundError(errno.ENOENT, "No such file", "conf.toml"), "conf.toml: No such file"),
        (OSError("no reason"), "no reason"),
        (MemoryError(), "out of memory"),
        (RuntimeError("can't start new thread"),
         "no further process or thread can be started; raise ulimit -u, or TasksMax= of the unit"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
         "no further process or thread can be started; raise ulimit -u, or TasksMax= of the unit"),
    ],
)  # fmt: skip
def test_what_the_system_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, error: Exception, line: str
) -> None:
    failing(monkeypatch, error)

    assert main(["catalogue"]) == 1

    assert capsys.readouterr().err == f"nmapwatchd: {line}\n"


def test_a_bug_has_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RuntimeError("a bug"))

    with pytest.raises(RuntimeError, match="a bug"):
        main(["catalogue"])


def test_a_closed_standard_output_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdout", None)

    assert main(["catalogue"]) == 2

    assert capsys.readouterr().err == "nmapwatchd: standard output: is closed\n"


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["replay"], ["selftest", "--seconds", "x"]])
def test_wrong_arguments_are_usage(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)

    assert exited.value.code == 2
    assert capsys.readouterr().err.startswith("usage: nmapwatchd")


def test_the_version_is_the_packages(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])

    assert exited.value.code == 0
    assert capsys.readouterr().out == f"nmapwatchd {nmapwatchd.__version__}\n"


def test_help_lists_every_command_with_its_description(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    printed = capsys.readouterr().out
    assert tuple(cli._COMMANDS) == COMMANDS
    assert all(re.search(f"^ +{command}\\s", printed, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as exited:
        main([command, "--help"])

    assert exited.value.code == 0
    assert f"usage: nmapwatchd {command} " in capsys.readouterr().out
