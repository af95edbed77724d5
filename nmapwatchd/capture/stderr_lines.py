"""Reads what a child says on standard error, line by line."""

import asyncio


async def next_line(said: asyncio.StreamReader) -> bytes:
    """Return the next line, b"" at the end; of one that is too long, nothing but that it was."""
    try:
        return await said.readline()
    except ValueError:  # asyncio has thrown away what it held of it
        return b"a line that is too long\n"
