"""Exceptions shared by all packages, named after the cause, and a hint for their messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

# Similarity, from 0 to 1, of a word that is suggested. "ends" for "begins" has 0.6, "uri" for "urj"
# 0.67.
_SIMILARITY = 0.65


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """
    One problem with the operator's input.

    Args:
        location: the file, key, interface or program concerned.
        message: the problem.
    """

    location: str
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class OperatorError(Exception):
    """The operator's input or installation cannot be used; carries every diagnostic at once."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


class CaptureError(Exception):
    """An interface or a capture file cannot be read, or not to its end."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """
    Return the end of a message about an unknown word: the closest known one, or '' if none is.

    Args:
        word: the unknown word.
        known: the words that would be valid.
    """
    close = get_close_matches(word, [*known], n=1, cutoff=_SIMILARITY)
    return f'; did you mean "{close[0]}"?' if close else ""
