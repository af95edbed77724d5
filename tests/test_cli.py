"""How the program ends, and what its help says."""

import errno
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nmapwatchd
from nmapwatchd import cli
from nmapwatchd.cli import main
from nmapwatchd.commands import catalogue
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.signatures.nmap_releases import nmap_releases

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


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["chek"], ': error: argument COMMAND: unknown word "chek"; did you mean "check"?'),
        (["selftest", "--second", "3", "--confg=x"],
         ' selftest: error: unknown argument "--confg"; did you mean "--config"?'),
        (["run", "--intreface", "eth0"],
         ' run: error: unknown argument "--intreface"; did you mean "--interface"?'),
        (["catalogue", "--output", "markdwon"],
         ' catalogue: error: argument --output: unknown word "markdwon"; did you mean "markdown"?'),
        (["--verison"], ': error: unknown argument "--verison"; did you mean "--version"?'),
        ([], f": error: no command; use {', '.join(cli._COMMANDS)}"),
        (["check", "--colour"], ' check: error: unknown argument "--colour"'),
        (["check", "eth0\n"], r' check: error: unknown argument "eth0\n"'),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_reported_with_the_one_that_was_meant(
    arguments: list[str], fault: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)

    assert exited.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"nmapwatchd{fault}"


def test_a_word_like_no_command_is_reported_with_all_of_them(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["gibberish"])

    last = capsys.readouterr().err.splitlines()[-1]
    assert "did you mean" not in last
    assert all(command in last for command in COMMANDS)


def test_the_version_is_the_packages_with_the_nmap_releases_of_the_catalogue(
    capsys: Capture,
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])

    assert exited.value.code == 0
    first, *_, last = nmap_releases()
    assert capsys.readouterr().out == (
        f"nmapwatchd {nmapwatchd.__version__}, catalogue of nmap {first} to {last}\n"
    )


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


LATIN_1 = "en_US.ISO-8859-1"


@pytest.fixture
def latin_1(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell whose locale is not UTF-8."""
    command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(tmp_path / LATIN_1)]
    try:
        subprocess.run(command, check=False, capture_output=True)
    except FileNotFoundError:
        pytest.skip("localedef is not installed")
    if not (tmp_path / LATIN_1).is_dir():
        pytest.skip("the sources of the locale are not installed")
    return {**os.environ, "LOCPATH": str(tmp_path), "LC_ALL": LATIN_1}


def test_the_locale_does_not_change_the_names_of_files(
    latin_1: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "\N{EURO SIGN}"
    folder.mkdir()
    file = folder / "conf.toml"
    file.write_text(f'signatures = []\nsink = [{{ kind = "jsonl", path = "{folder}/no/a" }}]\n')
    program = [sys.executable, "-c", "from nmapwatchd.cli import main; raise SystemExit(main())"]

    done = subprocess.run(
        [*program, "check", "--config", str(file)], env=latin_1, check=False, capture_output=True
    )

    assert f"jsonl {folder}/no/a: No such file or directory" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_umask_does_not_deny_the_user_the_files_of_the_program() -> None:
    before = os.umask(0o777)
    try:
        with pytest.raises(SystemExit):
            main(["--version"])
        assert os.umask(0) == 0o077
    finally:
        os.umask(before)
