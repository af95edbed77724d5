"""A pattern is searched in linear time, and refused if it is invalid or large."""

import time

import pytest

from nmapwatchd.core.matching.pattern import MAXIMUM_PROGRAM, PatternError, compile_patterns


@pytest.mark.parametrize(
    ("patterns", "value", "expected"),
    [
        (["^n.*p$"], "n\nap", True),
        (["^a$"], "a\n", False),
        (["a", "^b$"], "xa", True),
        (["^a", "b$"], "xay", False),
        ([r"^[\x80-\xff]\x00$"], "\xff\x00", True),
        ([r"^[\x80-\xff]\x00$"], "\x7f\x00", False),
        (["^.$"], "\xe9", True),
        (["é"], "café", True),
        (["(?i)NMAP"], "nmap", True),
        ([r"^a\z"], "a", True),
    ],
)
def test_a_pattern_is_searched_in_text_and_in_bytes(
    patterns: list[str], value: str, *, expected: bool
) -> None:
    assert compile_patterns(patterns)(value) is expected


def test_any_text_can_be_searched() -> None:
    assert compile_patterns(["^.b$"])("\ud800b")


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(.*)*=", "(x+x+)+y", "a?" * 30 + "a" * 30]
)
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    search, value = compile_patterns([pattern]), "a" * 60_000 + "!"

    start = time.perf_counter()
    search(value)

    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("pattern", ["(", "(?=a)", "(?<!a)b", r"(a)\1", r"a\Z", "a)(b", "\ud800"])
def test_an_invalid_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_patterns([pattern])
    with pytest.raises(PatternError):
        compile_patterns(["x", pattern])


@pytest.mark.parametrize(
    "patterns",
    [
        ["a{1000}b"],
        [".{300}"],
        [r"\pL+"],
        ["(((a{30}){30}){30}){30}"],
        ["[a-z]{600}", "[0-9]{600}"],
    ],
)
def test_a_large_pattern_is_refused(patterns: list[str]) -> None:
    with pytest.raises(PatternError):
        compile_patterns(patterns)


def test_a_pattern_as_large_as_allowed_is_accepted() -> None:
    length = MAXIMUM_PROGRAM - 10

    assert compile_patterns([f"a{{{length}}}"])("a" * length)
