"""The allowlist as text: its entries with their use, and what would be covered."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation, Hit, Network, Usage
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.escape import printable
from nmapwatchd.formats.values import mac_address

_HEADINGS = ("NAME", "LAST USED", "SCANS", "UNTIL", "COVERS")
# Addresses, targets or signatures of an entry that a line lists.
_LISTED = 4


def listing(
    authorisations: Iterable[Authorisation], usages: Mapping[str, Usage] | None, now: datetime
) -> str:
    """
    Return one line per entry, below a heading.

    Args:
        authorisations: the entries.
        usages: when they were used, by name; None if that is not known.
        now: the time.
    """
    rows = [_HEADINGS, *(_row(entry, usages, now) for entry in authorisations)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def _row(
    entry: Authorisation, usages: Mapping[str, Usage] | None, now: datetime
) -> tuple[str, ...]:
    usage = None if usages is None else usages.get(entry.name)
    if usage is None:
        last, scans = "unknown", "-"
    elif usage.last:
        last, scans = _minute(usage.last), str(usage.scans)
    else:
        last, scans = f"never since {_minute(usage.since)[:10]}", "0"
    covers = "; ".join(conditions(entry))
    if entry.reason:
        covers += f" ({printable(entry.reason)})"
    return printable(entry.name), last, scans, _until(entry.until, now), covers


def _until(last: date | None, now: datetime) -> str:
    if last is None:
        return "-"
    days = (last - now.astimezone(UTC).date()).days
    if days < 0:
        return f"{last} (over)"
    return f"{last} ({days} days)" if days != 1 else f"{last} (1 day)"


def conditions(entry: Authorisation) -> Iterator[str]:
    """Yield each condition of an entry, as a phrase; its last day apart."""
    if entry.networks:
        yield f"from {_some(map(_plain, entry.networks))}"
    if entry.macs:
        yield f"MAC {_some(map(mac_address, sorted(entry.macs)))}"
    if entry.targets:
        yield f"targets {_some(map(_plain, entry.targets))}"
    if entry.signatures:
        yield f"signatures {_some(map(printable, entry.signatures))}"
    if entry.hours is not None:
        yield str(entry.hours)


def trial(allowlist: Allowlist, hit: Hit) -> tuple[bool, str]:
    """
    Return whether a hit is covered, and text that says by which entry, or why by none.

    Args:
        allowlist: the entries.
        hit: what is not given there is assumed to meet every condition, and named.
    """
    coverage = allowlist.coverage(hit)
    lines = [f"{_asked(hit)}: "]
    if coverage.expected:
        lines[0] += f'authorised as "{printable(coverage.expected)}"'
        entry = next(
            entry
            for entry in allowlist.authorisations
            if entry.name == coverage.expected and not any(entry.mismatches(hit))
        )
        lines += [f"  {condition}" for condition in conditions(entry)]
        if entry.until is not None:
            lines.append(f"  until {entry.until}")
        if entry.reason:
            lines.append(f"  reason: {printable(entry.reason)}")
        if missing := _assumed(entry, hit):
            lines.append(
                f"  if its {_and(missing)} {'are' if len(missing) > 1 else 'is'} among these"
            )
        return True, "\n".join(lines) + "\n"
    lines[0] += "not authorised"
    if coverage.near:
        lines.append(f'  "{printable(coverage.near)}" does not cover it: {coverage.because}')
    else:
        lines.append("  no entry is for this address")
    if hit.mac is None and any(
        entry.macs and not entry.networks for entry in allowlist.authorisations
    ):
        lines.append("  entries without an address were not tried; give --mac")
    return False, "\n".join(lines) + "\n"


def _asked(hit: Hit) -> str:
    parts = [f"{hit.source} at {_minute(hit.at)}"]
    if hit.mac:
        parts.append(f"MAC {mac_address(hit.mac)}")
    if hit.target:
        parts.append(f"target {hit.target}")
    if hit.signature:
        parts.append(f"signature {printable(hit.signature)}")
    return ", ".join(parts)


def _assumed(entry: Authorisation, hit: Hit) -> list[str]:
    """Return the conditions that nothing was given for."""
    asked = {
        "MAC address": entry.macs and hit.mac is None,
        "target": entry.targets and hit.target is None,
        "signature": entry.signatures and hit.signature is None,
    }
    return [name for name, is_assumed in asked.items() if is_assumed]


def _plain(network: Network) -> str:
    """Return a network; one of a single address as the address."""
    return str(network).removesuffix(f"/{network.max_prefixlen}")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _LISTED
    return ", ".join(listed[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _minute(at: int) -> str:
    """Return a time in UTC, to the minute."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M} UTC"
