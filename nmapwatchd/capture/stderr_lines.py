"""Read a child process's standard error line by line."""

import asyncio

TOO_LONG = b"a line is too long\n"


async def next_line(stderr: asyncio.StreamReader) -> bytes:
    """Return the next line; b"" at the end; `TOO_LONG` instead of one over asyncio's limit."""
    try:
        return await stderr.readline()
    except ValueError:  # asyncio has discarded what it had read of the line
        return TOO_LONG
