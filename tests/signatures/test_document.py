"""An error of a signature file is located."""

import pytest

from nmapwatchd.signatures.document import Document
from tests.signatures.site import ROW

TABLES = """\
[defaults]
source = "a"

[[signature]] # a comment
title   = "examples, match"
match.uri.is = "/"
examples    = [
    "www.example.org",
    ["nested"],
]
near_misses = ["/"]
[signature.correlate]
count = 3

[[ signature ]]
examples = [
    1,
    { title = 2 },
]

[other]
title = 5
"""


@pytest.mark.parametrize(
    ("number", "path", "line"),
    [
        (0, (), 1),
        (1, (), 10),
        (0, ("title",), 3),
        (1, ("title",), 12),
        (1, ("unknown",), 10),
        (1, ("match", "user_agent"), 13),
        (1, ("match", "unknown"), 13),
        (2, ("title",), 3),
        (0, ("defaults", "title"), 3),
    ],
)
def test_a_key_is_located_in_its_row(number: int, path: tuple[str, ...], line: int) -> None:
    assert Document("a.toml", ROW + ROW).location(number, path) == f"a.toml:{line}"


@pytest.mark.parametrize(
    ("number", "path", "line"),
    [
        (0, ("defaults",), 1),
        (0, ("defaults", "source"), 2),
        (0, ("defaults", "options"), 1),
        (0, ("title",), 5),
        (0, ("match", "uri"), 6),
        (0, ("examples", "nested"), 9),
        (0, ("near_misses", "nested"), 11),
        (0, ("correlate",), 12),
        (0, ("correlate", "count"), 13),
        (0, ("correlate", "count_distinct"), 12),
        (0, ("id",), 4),
        (0, ("examples", "www"), 8),
        (1, ("examples", "title"), 18),
        (1, ("defaults", "source"), 2),
        (1, ("title",), 15),
    ],
)
def test_a_key_is_located_in_a_table_however_it_is_written(
    number: int, path: tuple[str, ...], line: int
) -> None:
    assert Document("a.toml", TABLES).location(number, path) == f"a.toml:{line}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[other]\na = 5", 1),
        ("[other]\n[other.a]\nb = 5", 1),
        ("a = 5\n\nother = 5", 3),
        ("a = 5", 1),
    ],
)
def test_a_table_is_located(text: str, line: int) -> None:
    assert Document("a.toml", text).table_location("other") == f"a.toml:{line}"
