"""What a person should do about a message, and what its words mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import Level
from nmapwatchd.formats.severity import BY_LEVEL
from nmapwatchd.reports.record import MessageRecord

CONFIDENCE: Mapping[str, str] = {
    Confidence.EXCLUSIVE.value: "no other software is known to send this",
    Confidence.STRONG.value: "hardly any other software sends this",
    Confidence.WEAK.value: "other software sends this, too; it counts only with other signatures",
}

CAVEATS: Mapping[str, str] = {
    Caveat.SPOOFABLE.value: "nothing in the scan needed a reply, so the sender could have written "
    "any source address. The address alone is no reason to block or accuse anybody.",
    Caveat.PROXIED.value: "a request states that a proxy forwarded it. The source may be that "
    "proxy, and the scanner one of its clients.",
    Caveat.SHARED_PROBES.value: "tools that include nmap's probes send all that was seen. It may "
    "have been one of them, such as a vulnerability scanner.",
    Caveat.TUNNELLED.value: "the packets were inside an IP tunnel. Whoever sent the tunnel's "
    "packets may have invented the addresses inside.",
    Caveat.RELAYABLE.value: "the bytes may be content of somebody else that the source only passed "
    "on: an upload, a mail, a print job, a stored value.",
    Caveat.INCOMPLETE.value: "the source sent more than the sensor inspects of one host, so some "
    "of its packets were left out. Every count is a minimum; the scan may have done more.",
}

# Caveats by which the address may be somebody else's.
UNPROVEN = frozenset({Caveat.SPOOFABLE.value, Caveat.TUNNELLED.value, Caveat.RELAYABLE.value})

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}")
_ID = re.compile(r"[0-9a-f]{32}")
# Addresses, and MAC addresses, that a step lists.
_LISTED = 4
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thing to do.

    Args:
        text: what and why.
        commands: commands that help, ready to be copied.
    """

    text: str
    commands: tuple[str, ...] = ()


def next_steps(record: MessageRecord) -> tuple[Step, ...]:
    """Return what to do about a scan, in this order."""
    if record.expected:
        return (_review(record), *_history(record))
    return (*_locate(record), _ask(record), Step(_urgency(record)), *_history(record))


def authorisation(record: MessageRecord) -> tuple[str, ...]:
    """
    Return the narrowest `[[authorised]]` entry that would have covered a scan, line by line.

    It names one address, and the hours and the day of the scan. Nothing for a scan that is
    authorised, or whose source or times are not known.
    """
    address = _address(record.source)
    start, end = _time(record.start), _time(record.end)
    if not record.is_scan or record.expected or not address or start is None or end is None:
        return ()
    lines = ["[[authorised]]", 'name = "WHO SCANS, AND WHY"', f'from = "{address}"']
    first = start.replace(minute=0, second=0, microsecond=0)
    # The end of an hour that is named is not covered.
    last = end.replace(minute=0, second=0, microsecond=0) + _HOUR
    if first < last <= first + _DAY:
        lines.append(f'hours = "{_DAYS[first.weekday()]} {first:%H:%M}-{last:%H:%M} UTC"')
    return (*lines, f"until = {end:%Y-%m-%d}   # the last day, in UTC")


def _review(record: MessageRecord) -> Step:
    text = (
        f'Nothing, if the [[authorised]] entry "{record.expected}" of the configuration is still '
        "right and its owner knows of this scan. Otherwise remove the entry and treat this as an "
        "unexpected scan."
    )
    if Caveat.SPOOFABLE in record.caveats:
        text += " The address is not proven: somebody else could have used it."
    return Step(text)


def _locate(record: MessageRecord) -> tuple[Step, ...]:
    """Return how to find the machine."""
    source, caveats = record.source or "the source", record.caveats
    steps = []
    if Caveat.TUNNELLED in caveats:
        ends = "; ".join(record.outer[:_LISTED]).replace(">", " to ") or "not given"
        steps.append(
            f"Find the tunnel's sender ({ends}): the scanner is there or behind it. Do not start "
            f"with {source}."
        )
    if Caveat.PROXIED in caveats:
        steps.append(
            f"If {source} is a proxy, search its log for requests to the targets at the time of "
            "the scan: the client in the log is the machine to find."
        )
    if Caveat.RELAYABLE in caveats:
        steps.append(
            f"Find out whether {source} passes on content of others (mail, uploads, print jobs, "
            "logs, database values). If it does, its log at the time of the scan names who sent "
            "the content."
        )
    if record.decoys and Caveat.SPOOFABLE in caveats:
        steps.append(
            f"One of {len(record.decoys) + 1} addresses is the scanner's, the others are decoys: "
            f"{_list((source, *record.decoys))}. Look for the MAC address, not for an IP address."
        )
    elif Caveat.SPOOFABLE in caveats:
        steps.append(f"Do not trust {source}: it is not proven. Look for the MAC address.")
    elif record.decoys:
        steps.append(
            f"Look for {source}: it received replies. The other {len(record.decoys)} addresses "
            "are decoys, whose owners did nothing."
        )
    elif not steps:
        steps.append(
            f"Look for {source}: it received replies, so the address is real. DHCP leases, DNS "
            "and the inventory name the machine."
        )
    return (*map(Step, steps), *_switch(record))


def _switch(record: MessageRecord) -> tuple[Step, ...]:
    macs = [mac for mac in record.macs[:_LISTED] if _MAC.fullmatch(mac)]
    if not macs:
        return ()
    sensor = f" on {record.hostname}" if record.hostname else ""
    place = f"the network of {_list(record.interfaces) or 'the sensor'}{sensor}"
    owner = (
        "The MAC address is the scanner's own: no router is between it and the sensor."
        if record.on_link
        else f"If {record.source or 'the source'} belongs to another network, the MAC address is a "
        "router's: go on from its ARP table."
    )
    place += f", VLAN {_list(record.vlans)}" if record.vlans else ""
    first = macs[0].lower()
    cisco = ".".join(first.replace("-", "")[at : at + 4] for at in (0, 4, 8))
    return (
        Step(
            f"Find the switch port of MAC {', '.join(macs)} in {place}. {owner}",
            (
                f"show mac address-table address {cisco}",
                f"bridge fdb show | grep {first.replace('-', ':')}",
            ),
        ),
    )


def _ask(record: MessageRecord) -> Step:
    text = (
        "Ask whoever is responsible for the machine whether they scanned at this time. These "
        "commands show on the machine who was logged in, and what runs."
    )
    if record.near_authorisation:
        text += (
            f' The [[authorised]] entry "{record.near_authorisation}" is for this scanner, but '
            f"does not cover the scan: {record.not_covered_because}. Ask its owner first."
        )
    if authorisation(record):
        text += " If the scan was legitimate, use the entry below."
        if Caveat.SPOOFABLE in record.caveats:
            text += " It would also cover whoever spoofs the address."
    return Step(
        text, ("last -F", "ps -eo user,lstart,args | grep -w nmap", "query user   (Windows)")
    )


def _urgency(record: MessageRecord) -> str:
    """Return what to do if nobody can explain the scan, by its severity."""
    severity = record.severity
    source = record.source or "the source"
    if not severity:
        return "If nobody can explain it: deal with it now; the message has no severity."
    if severity < BY_LEVEL[Level.UNPROVEN].severity:
        return (
            "If nobody can explain it: this can wait. It is a packet or a few that anyone can "
            "forge. Act when this scan goes on, or the source is seen again."
        )
    is_unproven = not UNPROVEN.isdisjoint(record.caveats)
    if severity <= BY_LEVEL[Level.OS_DETECTION].severity and is_unproven:
        return (
            "If nobody can explain it: deal with it today. The packets are nmap's, but their "
            "sender is not proven: do not act against anybody before the machine is found."
        )
    if severity <= BY_LEVEL[Level.OS_DETECTION].severity:
        return (
            "If nobody can explain it: deal with it now if the machine is a server or belongs to "
            "nobody, else today. The scanner has learnt which ports are open: check what the "
            f"targets offer there, and what {source} connected to afterwards."
        )
    if severity <= BY_LEVEL[Level.SERVICES].severity:
        return (
            "If nobody can explain it: deal with it now. The scanner has learnt which software the "
            "targets run, which is what an attacker needs next. Look at the targets' logs for "
            f"{source} since the scan, and patch or close what should not be reachable."
        )
    if severity <= BY_LEVEL[Level.INTRUSIVE].severity:
        return (
            "If nobody can explain it: this is an attack. Disconnect the machine at its switch "
            "port, but leave it running for the investigation. In the targets' logs, look for "
            f"logins from {source} that succeeded, and change these passwords."
        )
    return (
        f"If nobody can explain it: treat it as an intruder who explores the network. "
        f"{record.target_count or len(record.targets)} hosts were scanned. Disconnect the machine "
        "at its switch port, leave it running for the investigation, and look for connections from "
        f"{source} to any of the targets since."
    )


def _history(record: MessageRecord) -> tuple[Step, ...]:
    """Return how to see the rest of the scan, and other scans."""
    steps = []
    if record.closed_by in _CLOSED:
        reason = "the end of the capture file" if record.capture else _CLOSED[record.closed_by]
        steps.append(Step(f"The scan was closed by {reason}, so it may have gone on."))
    elif not record.closed_by and _ID.fullmatch(record.scan_id):
        steps.append(
            Step(
                "The scan was still open then; scan-closed has the totals. Its latest message:",
                (f"nmapwatchd explain {record.scan_id}",),
            )
        )
    if address := _address(record.source):
        steps.append(
            Step(
                "See what else the source did: on the sensor, or in a SIEM.",
                (
                    f"journalctl -t nmapwatchd NMAPWATCHD_SOURCE={address}",
                    f'event.module:nmapwatchd and source.ip:"{address}"',
                ),
            )
        )
    return tuple(steps)


_CLOSED = {
    "shutdown": "a stop of the sensor",
    "eviction": "too many scans at once",
    "clock": "a clock that was set back",
}


def _list(values: tuple[str, ...]) -> str:
    more = len(values) - _LISTED
    return ", ".join(values[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _address(text: str) -> str:
    """Return an IP address in its usual form, safe in a command line; '' for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return "" if getattr(address, "scope_id", None) else str(address)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo else None
    except OverflowError:
        return None
