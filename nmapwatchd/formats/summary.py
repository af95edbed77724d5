"""A message as one sentence for a person, the same in every sink."""

from typing import assert_never

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.escape import from_wire, printable, quoted
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.values import mac_address, timestamp

# Characters of a summary: two lines of a wide terminal, and a third of what the oldest syslog
# collectors accept (1024 bytes).
MAXIMUM_SUMMARY = 300
# Characters of a quoted value, and of a name.
_MAXIMUM_QUOTE = 60
_MAXIMUM_NAME = 48
# Hosts, and ports and options, that are listed; the others are counted. Two IPv6 addresses leave
# enough characters for the evidence and the options.
_NAMED_HOSTS = 2
_NAMED = 3

_MINUTE = 60  # seconds
_HOUR = 60 * _MINUTE

_CAVEATS = {
    Caveat.SPOOFABLE.value: " (unless spoofed)",
    Caveat.PROXIED.value: " (perhaps a proxy)",
    Caveat.RELAYABLE.value: " (unless it relays content)",
}
# Why a window closed, unless by idleness.
_CLOSED_BY = {
    "shutdown": "; the capture ended first",
    "clock": "; the clock was set back, the scan may continue",
    "eviction": "; evicted to bound memory, the scan may continue",
}


def format_summary(message: Message, _sensor: Sensor) -> bytes:
    """Return the summary of a message as UTF-8."""
    return summarise(message).encode()


def summarise(message: Message) -> str:
    """Return a message as one printable line of at most MAXIMUM_SUMMARY characters."""
    match message:
        case Alert():
            text = _alert(message)
        case FloodSummary():
            text = _flood(message)
        case SensorEvent():
            text = _sensor_event(message)
        case _:
            assert_never(message)
    if len(text) <= MAXIMUM_SUMMARY:
        return text
    return text[: MAXIMUM_SUMMARY - 1].rstrip("\\") + "…"


def _alert(alert: Alert) -> str:
    source, tool = _source(alert), printable(alert.tool, _MAXIMUM_NAME)
    expected = f", expected as {quoted(alert.expected, _MAXIMUM_NAME)}" if alert.expected else ""
    what = f"{_rules(alert)}{_targets(alert)}{_evidence(alert)}{_options(alert)}"
    duration = _duration(alert.end - alert.start)
    if alert.action is Action.SCAN_CLOSED or alert.closed_by:
        reason = _CLOSED_BY.get(alert.closed_by, "")
        return (
            f"{source} scanned with {tool} for {duration}{expected}: "
            f"{_totals(alert)}{reason}; {what}"
        )
    if alert.action is Action.SCAN_CONTINUES:
        return (
            f"{source} still scans with {tool} after {duration}{expected}: {_totals(alert)}; {what}"
        )
    return f"{source} scans with {tool}{expected}: {what}"


def _source(alert: Alert) -> str:
    """Return the scanner's address with its decoys and caveats."""
    source = printable(alert.source, _MAXIMUM_NAME)
    caveats = alert.caveats
    decoys = len(alert.decoys) + alert.decoys_omitted
    if decoys and Caveat.SPOOFABLE.value in caveats:
        names = [source, *(printable(decoy, _MAXIMUM_NAME) for decoy in alert.decoys)]
        listed = _list(names, alert.decoys_omitted, _NAMED_HOSTS)
        source = f"one of {listed} (probably with decoys)"
        caveats = tuple(caveat for caveat in caveats if caveat != Caveat.SPOOFABLE.value)
    elif decoys:
        source += f" (with {_count(decoys, 'decoy')})"
    source += "".join(_CAVEATS.get(caveat, "") for caveat in caveats)
    if Caveat.TUNNELLED.value in caveats and alert.outer:
        tunnels = [printable(tunnel, _MAXIMUM_NAME) for tunnel in alert.outer]
        source += f" (tunnelled, {_list(tunnels, most=1)})"
    return source


def _rules(alert: Alert) -> str:
    more = len(alert.rules) - 1
    first = printable(alert.rules[0].id, _MAXIMUM_NAME) if alert.rules else "no signature"
    return f"{first} and {_count(more, 'other signature')}" if more > 0 else first


def _targets(alert: Alert | FloodSummary) -> str:
    """Return the first targets and ports, and the number of the others."""
    ports = [port for port in alert.ports if port]
    targets = [printable(target, _MAXIMUM_NAME) for target in alert.targets]
    if not targets:
        return ""
    omitted = alert.targets_omitted + alert.ports_omitted
    if (len(targets), len(ports), omitted) == (1, 1, 0):
        host = f"[{targets[0]}]" if ":" in targets[0] else targets[0]
        return f" at {host}:{ports[0]}"
    text = f" at {_list(targets, alert.targets_omitted, _NAMED_HOSTS)}"
    if ports:
        noun = "port" if len(ports) + alert.ports_omitted == 1 else "ports"
        text += f", {noun} {_list([str(port) for port in ports], alert.ports_omitted)}"
    return text


def _evidence(alert: Alert) -> str:
    if not alert.evidence:
        return ""
    first = alert.evidence[0]
    field = printable(first.field, _MAXIMUM_NAME)
    return f" ({field} {quoted(from_wire(first.value), _MAXIMUM_QUOTE)})"


def _options(alert: Alert) -> str:
    """Return the tool's options that the scanner probably used."""
    if not alert.explanation.options:
        return ""
    options = [
        printable(option, _MAXIMUM_NAME) for option in alert.explanation.options[: _NAMED + 1]
    ]
    if len(alert.explanation.options) > _NAMED:
        text = f"{', '.join(options[:_NAMED])} or others"
    else:
        *rest, last = options
        text = f"{', '.join(rest)} or {last}" if rest else last
    shared = ", or a tool with its probes" if Caveat.SHARED_PROBES.value in alert.caveats else ""
    return f", probably {printable(alert.tool, _MAXIMUM_NAME)} {text}{shared}"


def _totals(alert: Alert) -> str:
    hosts = len(alert.targets) + alert.targets_omitted
    least = "at least " if alert.targets_truncated else ""
    return (
        f"{_count(alert.sightings, 'sighting')} of {_count(len(alert.rules), 'signature')}"
        f" on {least}{_count(hosts, 'host')}"
    )


def _flood(flood: FloodSummary) -> str:
    tool = printable(flood.tool, _MAXIMUM_NAME)
    unproven = ", not proven," if Caveat.SPOOFABLE.value in flood.caveats else ""
    listed = [printable(source, _MAXIMUM_NAME) for source in flood.listed]
    omitted = max(0, flood.sources - len(listed))
    macs = [mac_address(address) for address in flood.macs]
    more = "" if flood.sources == 1 else "s"
    verb = "scanned" if flood.closed_by else "scans" if flood.sources == 1 else "scan"
    first = printable(flood.rules[0].id, _MAXIMUM_NAME) if flood.rules else "no signature"
    return (
        f"{flood.sources} further source{more}{unproven} {verb} with {tool} since "
        f"{timestamp(flood.start)[11:19]} UTC: {_list(listed, omitted, _NAMED_HOSTS)}"
        + (f"; MAC {_list(macs, flood.macs_omitted, _NAMED_HOSTS)}" if macs else "")
        + f"; {first}{_targets(flood)}{_CLOSED_BY.get(flood.closed_by, '')}"
    )


def _sensor_event(event: SensorEvent) -> str:
    text = ACTIONS[event.action].summary or f"nmapwatchd: {event.action}"
    if event.interfaces:
        names = [printable(name, _MAXIMUM_NAME) for name in event.interfaces]
        text += f" on {_list(names)}"
    if event.detail:
        text += f": {printable(event.detail, MAXIMUM_SUMMARY)}"
    counts = [
        f"{printable(name.replace('_', ' '), _MAXIMUM_NAME)} {count}"
        for name, count in event.counts.items()
        if count
    ]
    return f"{text} ({', '.join(counts)})" if counts else text


def _list(names: list[str], omitted: int = 0, most: int = _NAMED) -> str:
    """Return the first `most` names, and the number of the others."""
    more = max(0, len(names) - most) + omitted
    return ", ".join(names[:most]) + (f" and {more} more" if more else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _duration(nanoseconds: int) -> str:
    seconds = max(0, nanoseconds) // SECOND
    if seconds < 1:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    return f"{seconds // _MINUTE} min" if seconds < 2 * _HOUR else f"{seconds // _HOUR} h"
