"""Progress is one line on a terminal, after two seconds, and nothing anywhere else."""

import asyncio
import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from nmapwatchd.commands import progress as module
from nmapwatchd.commands.progress import DELAY_SECONDS, Progress, share

CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def capture(tmp_path: Path) -> BinaryIO:
    """A file of which a quarter was read."""
    path = tmp_path / "lan.pcap"
    path.write_bytes(bytes(400))
    file = path.open("rb", buffering=0)
    file.read(100)
    return file


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nothing_is_shown_in_the_first_two_seconds(capture: BinaryIO, clock: Clock) -> None:
    terminal = Terminal()
    progress = Progress(terminal, 3, clock)
    progress.begin("lan.pcap", capture)

    clock.now = DELAY_SECONDS - 0.01
    progress.update()

    assert (DELAY_SECONDS, terminal.getvalue()) == (2, "")


def test_then_the_capture_its_number_and_how_much_of_it_was_read(
    capture: BinaryIO, clock: Clock
) -> None:
    terminal = Terminal()
    progress = Progress(terminal, 3, clock)
    progress.advance()  # one that cannot be read
    progress.advance()
    progress.begin("lan.pcap", capture)
    clock.now = DELAY_SECONDS

    progress.update()

    assert terminal.getvalue() == f"{CLEAR}2/3 25 % of lan.pcap"


def test_the_line_is_deleted_once_before_anything_else_is_printed(
    capture: BinaryIO, clock: Clock
) -> None:
    terminal = Terminal()
    progress = Progress(terminal, 1, clock)
    progress.begin("lan.pcap", capture)
    clock.now = DELAY_SECONDS
    progress.update()
    shown = terminal.getvalue()

    progress.clear()
    progress.clear()
    assert terminal.getvalue() == shown + CLEAR

    progress.update()
    progress.end()
    progress.update()
    assert terminal.getvalue() == shown + CLEAR + shown + CLEAR


def test_a_name_cannot_move_the_cursor_and_fits_on_the_line(
    capture: BinaryIO, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    terminal = Terminal()
    progress = Progress(terminal, 1, clock)
    progress.advance()
    progress.begin("\x1b[2J" + 99 * "a", capture)
    clock.now = DELAY_SECONDS

    progress.update()

    line = terminal.getvalue().removeprefix(CLEAR)
    assert line.startswith(r"1/1 25 % of \x1b[2Jaaa")
    assert len(line) == 29


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nothing_is_written_to_what_is_no_terminal(
    stream: io.StringIO | None, capture: BinaryIO, clock: Clock
) -> None:
    progress = Progress(stream, 1, clock)
    progress.begin("lan.pcap", capture)
    clock.now = DELAY_SECONDS

    progress.update()
    progress.end()

    assert stream is None or stream.getvalue() == ""


def test_it_is_updated_until_the_end_of_the_block(
    capture: BinaryIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DELAY_SECONDS", 0)
    monkeypatch.setattr(module, "INTERVAL_SECONDS", 0.001)
    terminal = Terminal()
    progress = Progress(terminal, 1)

    async def replay() -> None:
        async with progress.shown():
            progress.begin("lan.pcap", capture)
            while "25 % of lan.pcap" not in terminal.getvalue():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            capture.read(100)
            while "50 % of lan.pcap" not in terminal.getvalue():  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(replay(), 5))

    assert terminal.getvalue().endswith(f"50 % of lan.pcap{CLEAR}")


def test_a_terminal_that_has_gone_ends_nothing(capture: BinaryIO, clock: Clock) -> None:
    terminal = Terminal()
    progress = Progress(terminal, 1, clock)
    progress.begin("lan.pcap", capture)
    clock.now = DELAY_SECONDS
    terminal.close()

    progress.update()


def test_the_share_of_a_pipe_is_not_known() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert share(pipe) == ""
    assert share(pipe) == ""


def test_the_share_of_an_empty_file_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open("rb") as file:
        assert share(file) == ""
