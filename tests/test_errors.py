import pytest

from nmapwatchd.errors import Diagnostic, OperatorError, did_you_mean


def test_a_diagnostic_reads_location_then_message() -> None:
    assert str(Diagnostic("conf.toml: colour", "unknown key")) == "conf.toml: colour: unknown key"


def test_an_operator_error_carries_every_diagnostic_one_per_line() -> None:
    diagnostics = Diagnostic("a", "first"), Diagnostic("b", "second")

    error = OperatorError(*diagnostics)

    assert error.diagnostics == diagnostics
    assert str(error) == "a: first\nb: second"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("titel", ["note", "title"], '; did you mean "title"?'),
        ("titel", iter(["title"]), '; did you mean "title"?'),
        ("titel", ["note", "match"], ""),
        ("titel", [], ""),
        ("", ["note"], ""),
        ("begins", ["starts", "ends"], ""),
        ("urj", ["host", "uri"], '; did you mean "uri"?'),
    ],
)
def test_an_unknown_word_is_answered_with_the_closest_known_one(
    word: str, known: list[str], hint: str
) -> None:
    assert did_you_mean(word, known) == hint
