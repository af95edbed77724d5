"""Warn of authorisations that are over, unused, or of unknown signatures."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.attribution.allowlist import Usage
from nmapwatchd.core.units import SECOND
from nmapwatchd.errors import Diagnostic, did_you_mean
from nmapwatchd.formats.escape import quoted
from nmapwatchd.signatures.loader import load_signatures
from nmapwatchd.telemetry.authorisation_usage import UsageError, read_usage, usage_file

# Time without a scan after which an entry is probably not needed: a monthly audit has come twice.
UNUSED_AFTER = timedelta(days=62)


def authorisation_warnings(settings: Settings, now: datetime) -> Iterator[Diagnostic]:
    """
    Yield a warning for each entry that is over, was not used, or names an unknown signature.

    Args:
        settings: the configuration.
        now: the time.
    """
    try:
        usages = read_usage(usage_file(settings.spool.directory))
    except UsageError:  # the service has not run yet, or another user runs it
        usages = {}
    for number, entry in enumerate(settings.authorised, 1):
        location, name = f"authorised[{number}]", quoted(entry.name)
        if entry.until is not None and entry.until < now.astimezone(UTC).date():
            yield Diagnostic(
                location,
                f"{name} ended on {entry.until}: its scans are alerted again; remove the entry, or "
                "set a later until",
            )
        elif unused := _unused_since(entry.name, usages, now):
            yield Diagnostic(
                location, f"{name} was not used since {unused}: remove it, if it is not needed"
            )
    yield from _unknown_signatures(settings)


def _unused_since(name: str, usages: Mapping[str, Usage], now: datetime) -> str:
    """Return the day since which an entry was not used, or '' if that is not long ago."""
    usage = usages.get(name)
    if usage is None:
        return ""
    since = datetime.fromtimestamp((usage.last or usage.since) // SECOND, UTC)
    return f"{since:%Y-%m-%d}" if now - since > UNUSED_AFTER else ""


def _unknown_signatures(settings: Settings) -> Iterator[Diagnostic]:
    if not any(entry.signatures for entry in settings.authorised):
        return
    ids = [one.id for one in load_signatures(settings.signatures).catalogue.signatures]
    known = [*ids, *sorted({f"{id_.partition('.')[0]}.*" for id_ in ids})]
    for number, entry in enumerate(settings.authorised, 1):
        for pattern in entry.signatures:
            if not any(fnmatchcase(id_, pattern) for id_ in ids):
                hint = did_you_mean(pattern, known)
                yield Diagnostic(
                    f"authorised[{number}].signatures", f"{quoted(pattern)} is no signature{hint}"
                )
