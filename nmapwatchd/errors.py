"""Errors whose name says whose fault it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong with what the operator gave us: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class OperatorError(Exception):
    """What the operator gave us cannot be used; every fault at once, one a line."""

    def __init__(self, *faults: Diagnostic) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class CaptureError(Exception):
    """The wire, or a capture file, cannot be read, or not to its end."""
