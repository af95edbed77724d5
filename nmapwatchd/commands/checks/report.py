"""Print findings: in columns and colour on a terminal, else one plain line each."""

import os
import re
import sys
from collections.abc import Sequence

from nmapwatchd.errors import Diagnostic
from nmapwatchd.telemetry import log

# Select Graphic Rendition (ECMA-48): bold red, yellow, none.
_RED, _YELLOW, _NONE = "\x1b[1;31m", "\x1b[33m", "\x1b[0m"
# Width of the column of locations: longer ones push their message to the right.
_MAXIMUM_LOCATION = 24
# Text, and the number that it ends in.
_NUMBERED = re.compile(r"(\D*)([0-9]*)")
_SEVERITY_WIDTH = len("warning")


def print_findings(errors: Sequence[Diagnostic], warnings: Sequence[Diagnostic]) -> None:
    """Print errors, then warnings, each group by location, to standard error."""
    errors, warnings = (_sorted(group) for group in (errors, warnings))
    if sys.stderr is None or not sys.stderr.isatty():
        for error in errors:
            log.print_error(f"error: {error}")
        for warning in warnings:
            log.print_warning(f"warning: {warning}")
        return
    width = min(
        max((len(one.location) for one in (*errors, *warnings)), default=0), _MAXIMUM_LOCATION
    )
    for error in errors:
        log.print_error(_row("error", _RED, error, width))
    for warning in warnings:
        log.print_warning(_row("warning", _YELLOW, warning, width))


def summary(errors: int, warnings: int, user: str) -> str:
    """
    Return the last line of the report.

    Args:
        errors: how many were printed.
        warnings: likewise.
        user: the user that this process ran as.
    """
    counts = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    return f"{counts}; checked as the user {user}"


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _sorted(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return findings by location, each once; those of one location in their order."""
    return sorted(dict.fromkeys(findings), key=lambda finding: _natural(finding.location))


def _natural(location: str) -> list[tuple[str, int]]:
    """Return a key that sorts `sink[2]` before `sink[10]`, and line 9 before line 10."""
    return [(text, int(number or 0)) for text, number in _NUMBERED.findall(location)]


def _row(severity: str, colour: str, finding: Diagnostic, width: int) -> str:
    word = f"{severity:<{_SEVERITY_WIDTH}}"
    # https://no-color.org: set and not empty, whatever the value.
    if not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        word = f"{colour}{word}{_NONE}"
    return f"{word}  {finding.location:<{width}}  {finding.message}"
