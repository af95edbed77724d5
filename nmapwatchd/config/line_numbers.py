"""Find the line of a value in the text of a configuration file, which tomllib does not give."""

import re

# What begins a table, or a key that is written without quotation marks.
_BEGINS = re.compile(r"\s*\[*\s*([A-Za-z_-]+)\s*[\].=]")


def line_of(text: str, key: str, value: str) -> int:
    """
    Return the line on which a string is written within a key of the file.

    Args:
        text: the file's content.
        key: a key of the file itself, or the name of a table.
        value: a string in it; of a table, one of its keys.

    Returns:
        The line, from 1; 0 if it is written in another way than usual.
    """
    is_within = False
    for number, line in enumerate(text.split("\n"), 1):
        code = line.partition("#")[0]
        begins = _BEGINS.match(code)
        if begins is not None:
            is_within = begins[1] == key
        if is_within and (f'"{value}"' in code or f"'{value}'" in code):
            return number
    return 0
