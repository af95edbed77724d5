"""A value is found on the line on which it is usually written, or not at all."""

import pytest

from nmapwatchd.config.line_numbers import line_of

TEXT = """\
# disable = ["a.one"]
signatures = ["a.one"]
disable = [
  "a.two",  # not "a.three"
  'a.one', "a.four",
]
interfaces = ["a.five"]
confidence = { "b.one" = "weak", "b.two" = "weak" }
confidence."b.three" = "weak"

[window]
by = ["b.four"]

[ confidence ]
"c.one" = "weak"
"c.two" = "strong"
[[sink]]
path = "c.three"
"""


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("disable", "a.two", 4),
        ("disable", "a.one", 5),
        ("disable", "a.four", 5),
        ("disable", "a.three", 0),
        ("disable", "a.five", 0),
        ("confidence", "b.two", 8),
        ("confidence", "b.three", 9),
        ("confidence", "b.four", 0),
        ("confidence", "c.two", 16),
        ("confidence", "c.three", 0),
    ],
)
def test_a_value_is_looked_for_within_its_key(key: str, value: str, line: int) -> None:
    assert line_of(TEXT, key, value) == line


def test_a_value_that_is_written_by_an_escape_is_not_found() -> None:
    assert line_of(r'disable = ["a\u002eone"]', "disable", "a.one") == 0
    assert line_of("", "disable", "a.one") == 0
