"""
Regular expressions that run in linear time, with RE2.

Python's own engine backtracks: an operator's `(a+)+$` and one header of a client would stop the
service. RE2's time is at most proportional to the value's length times the program's.
"""

from collections.abc import Callable, Sequence

import re2

# Instructions of one compiled pattern. In the worst case, a value of 4,000 bytes takes 25 ms with
# as many; the longest shipped pattern has 200.
MAXIMUM_PROGRAM = 1_000
# Bytes that a pattern's program and its cached states may take.
_MEMORY = 1 << 20

# Follows an error: what patterns written for another engine use.
_HINT = "; RE2's syntax has no (?=, (?! and \\1, and \\z for the end"

Search = Callable[[str], bool]


class PatternError(ValueError):
    """A pattern cannot be compiled, or is too large; the message says why."""


def compile_patterns(patterns: Sequence[str]) -> Search:
    """
    Return a function that returns whether one of some patterns occurs in a value.

    A dot matches every character, `^` and `$` only the start and the end of the value.

    Raises:
        PatternError: one of them is invalid, or all of them together are too large.
    """
    for pattern in patterns:  # each by itself, so that no parenthesis is closed by another one
        compiled = _compile(pattern)
    if len(patterns) > 1:
        compiled = _compile("|".join(f"(?:{pattern})" for pattern in patterns))
    search = compiled.search
    # Encoded here, for the module would convert every position of a match back.
    return lambda value: search(value.encode("utf-8", "replace")) is not None


def _compile(pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.dot_nl = True
    options.never_capture = True
    try:
        compiled = re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise PatternError("has a character that is none") from None
    except re2.error as error:
        raise PatternError(f"{error.args[0].decode(errors='replace')}{_HINT}") from None
    size = max(compiled.programsize, compiled.reverseprogramsize)
    if size > MAXIMUM_PROGRAM:
        raise PatternError(f"is too large: {size} instructions of at most {MAXIMUM_PROGRAM}")
    return compiled
