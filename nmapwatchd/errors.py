"""Exceptions shared by all packages, named after the cause."""

from dataclasses import dataclass


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
