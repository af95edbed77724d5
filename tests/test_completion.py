"""bash and zsh complete every command, option and choice of the program, and nothing else."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from nmapwatchd import cli

FOLDER = Path(__file__).parents[1] / "packaging" / "completion"
BASH, ZSH = FOLDER / "nmapwatchd.bash", FOLDER / "_nmapwatchd"
PARSER, COMMANDS = cli._parsers()

# Seconds that a shell on a loaded machine has to start and to complete.
SHELL_SECONDS = 30


def choices() -> list[tuple[str, str, list[str]]]:
    """Return each option with choices: command, option, choices."""
    return [
        (command, action.option_strings[-1], list(action.choices))
        for command, parser in COMMANDS.items()
        for action in parser._actions
        if action.choices is not None and action.option_strings
    ]


def unambiguous(word: str, words: list[str]) -> str:
    """Return the shortest start of a word that is no other word's."""
    lengths = range(3 if word.startswith("--") else 1, len(word))
    return next(
        word[:length] for length in lengths if sum(w.startswith(word[:length]) for w in words) == 1
    )


def lines() -> list[tuple[str, str]]:
    """Return what is typed before the tabulator, and the line that it becomes."""
    typed = [(unambiguous(name, [*COMMANDS]), name) for name in COMMANDS]
    for command, parser in {"": PARSER, **COMMANDS}.items():
        options = [option for option in parser.options if option.startswith("--")]
        start = f"{command} ".lstrip()
        typed += [(start + unambiguous(o, options), start + o) for o in options]
    for command, option, known in choices():
        start = f"{command} {option} "
        typed += [(start + unambiguous(c, known), start + c) for c in known]
        typed += [(f"{command} {option}={unambiguous(c, known)}", f"{command} {option}={c}")
                  for c in known]  # fmt: skip
    return typed


def completed(shell: list[str], setup: str, typed: list[str]) -> list[str]:
    """
    Type lines at an interactive shell, each with a tabulator at its end.

    Args:
        shell: the command.
        setup: commands that load the completion.
        typed: the lines, without the program's name.

    Returns:
        The arguments that the program would be run with.
    """
    echo = 'nmapwatchd() { printf "[%s]\\n" "$*"; }; echo read""y\n'
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": "/nonexistent"}
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        shell, stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True
    )
    os.close(end)
    found: list[str] = []
    try:
        os.write(terminal, (setup + echo).encode())
        _until(terminal, rb"\nready")
        for line in typed:
            os.write(terminal, f"nmapwatchd {line}\t\n".encode())
            found.append(_until(terminal, rb"\n\[(.*)\]\r")[1].decode().rstrip())
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    return found


def _until(terminal: int, pattern: bytes) -> re.Match[bytes]:
    """Read what a shell prints until it matches."""
    printed, deadline = b"", time.monotonic() + SHELL_SECONDS
    while (match := re.search(pattern, printed)) is None:
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError(printed.decode(errors="replace"))
        printed += os.read(terminal, 1 << 16)
    return match


def replies(words: list[str]) -> list[str]:
    """Return every completion that bash offers for the last word."""
    program = (
        'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_nmapwatchd; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", program, str(BASH), "nmapwatchd", *words],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_offers_every_command() -> None:
    assert replies([""]) == list(COMMANDS)


def test_bash_offers_the_options_of_the_program_before_a_command() -> None:
    assert sorted(replies(["-"])) == sorted(PARSER.options)


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_offers_every_option_of_a_command(command: str) -> None:
    assert sorted(replies([command, "-"])) == sorted(COMMANDS[command].options)
    assert replies([command, "--config", ""]) == []  # files


@pytest.mark.parametrize(("command", "option", "known"), choices())
def test_bash_offers_every_choice(command: str, option: str, known: list[str]) -> None:
    assert replies([command, option, ""]) == known
    assert replies([command, option, "="]) == known
    assert replies([command, option, "=", known[0][:2]]) == [
        choice for choice in known if choice.startswith(known[0][:2])
    ]


def test_bash_offers_the_interfaces() -> None:
    assert "lo" in replies(["run", "--interface", ""])


def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    (tmp_path / "a capture").touch()
    typed = [*lines(), (f"replay {tmp_path}/a", f"replay {tmp_path}/a capture")]

    shell = ["bash", "--norc", "--noprofile", "-i"]
    found = completed(shell, f"source {BASH}\n", [line for line, _ in typed])

    assert found == [line for _, line in typed]


def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    (tmp_path / "a capture").touch()
    typed = [*lines(), (f"replay {tmp_path}/a", f"replay {tmp_path}/a capture")]
    setup = f"fpath=({FOLDER} $fpath); autoload -Uz compinit && compinit -u -d {tmp_path}/dump\n"

    found = completed(["zsh", "-f", "-i"], setup, [line for line, _ in typed])

    assert found == [line for _, line in typed]


def test_zsh_describes_every_command_as_the_help_does() -> None:
    described = re.findall(r"^    '(\w+):(.*)'$", ZSH.read_text(), re.MULTILINE)

    assert described == [(name, command.HELP) for name, command in cli._COMMANDS.items()]


def test_zsh_offers_no_option_and_no_choice_that_the_program_does_not_have() -> None:
    text = ZSH.read_text()
    _, *sections = re.split(r"^            (\w+)\)$", text, flags=re.MULTILINE)
    described = dict(zip(sections[::2], sections[1::2], strict=True))

    assert list(described) == list(COMMANDS)
    for command, section in described.items():
        options = {"-h", "--help", "--config", *re.findall(r"--[a-z]+", section)}
        assert options == set(COMMANDS[command].options)
    offered = [
        (command, option, words.split())
        for command, section in described.items()
        for option, words in re.findall(r"(--\w+)=\[.*?:\((.*?)\)", section)
    ]
    assert offered == choices()
