"""Each line of a child's errors is read; one that is too long is replaced."""

import asyncio

import pytest

from nmapwatchd.capture.stderr_lines import TOO_LONG, next_line


def lines_of(data: bytes) -> list[bytes]:
    async def read() -> list[bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found = []
        while line := await next_line(reader):
            found.append(line)
        return found

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", [b"one\n", b"two\n"]),
        (b"one\n\nno end", [b"one\n", b"\n", b"no end"]),
    ],
)
def test_each_line_is_read(data: bytes, lines: list[bytes]) -> None:
    assert lines_of(data) == lines


def test_a_line_that_is_too_long_hides_no_other() -> None:
    assert lines_of(b"one\n" + b"x" * 100_000 + b"\ntwo\n") == [b"one\n", TOO_LONG, b"two\n"]
