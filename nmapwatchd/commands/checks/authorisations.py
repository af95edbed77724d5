"""Warn of authorised scanners whose authorisation is over."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from nmapwatchd.config.settings import AuthorisedSettings
from nmapwatchd.errors import Diagnostic


def authorisation_warnings(
    entries: Iterable[AuthorisedSettings], today: date | None = None
) -> Iterator[Diagnostic]:
    """
    Yield which entries have no effect any more.

    Args:
        entries: in the order of the file.
        today: in UTC, as `until` is; None for the clock's.
    """
    today = today or datetime.now(UTC).date()
    for number, entry in enumerate(entries, 1):
        if entry.until is not None and entry.until < today:
            yield Diagnostic(
                f"authorised[{number}]",
                f'"{entry.name}" ended on {entry.until}: its scans are alerted again; remove the '
                "entry, or set a later until",
            )
