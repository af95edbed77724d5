"""The sentence a human reads, the same wherever it is said."""

from typing import assert_never

from nmapwatchd.core.alert import Action, Alert, Message, SensorEvent
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.windows.window import MAXIMUM_TRACKED
from nmapwatchd.formats.escape import from_wire, printable, quoted

# Characters of a sentence: two lines of a wide terminal, and a third of what the oldest syslog
# collectors take (1024 bytes).
MAXIMUM_SUMMARY = 300
# Characters of a quoted value, of a name and of a list's member within a sentence.
_MAXIMUM_QUOTE = 60
_MAXIMUM_NAME = 48
# Hosts, ports and options that are named, the rest being counted: two IPv6 addresses leave room
# for what follows them.
_NAMED_HOSTS = 2
_NAMED = 3

_SECOND = 1_000_000_000  # nanoseconds
_MINUTE = 60  # seconds
_HOUR = 60 * _MINUTE

_SENSOR_SAYS = {
    Action.SENSOR_STARTED: "nmapwatchd watches",
    Action.SENSOR_HEARTBEAT: "nmapwatchd is alive",
    Action.SENSOR_DROPPING: "nmapwatchd cannot keep up",
    Action.SENSOR_BLIND: "nmapwatchd sees nothing",
    Action.SENSOR_UNDELIVERED: "nmapwatchd loses what it has to say",
    Action.SENSOR_RECOVERED: "nmapwatchd sees again",
    Action.SENSOR_SELFTEST: "nmapwatchd tests itself",
    Action.SENSOR_STOPPED: "nmapwatchd stopped watching",
}

_DOUBTS = {
    Caveat.SPOOFABLE.value: " (unless forged)",
    Caveat.PROXIED.value: " (perhaps a proxy)",
}
_CLOSED_BY = {
    "shutdown": "; the watch ended first",
    "clock": "; the clock was set back, it may go on",
    "eviction": "; forgotten to make room, it may go on",
}


def sentence(message: Message) -> str:
    """Return one line that says what happened, of at most MAXIMUM_SUMMARY characters."""
    match message:
        case Alert():
            said = _alert(message)
        case SensorEvent():
            said = _sensor_event(message)
        case _:
            assert_never(message)
    if len(said) <= MAXIMUM_SUMMARY:
        return said
    return said[: MAXIMUM_SUMMARY - 1].rstrip("\\") + "…"


def _alert(alert: Alert) -> str:
    who = _who(alert)
    leave = f", expected as {quoted(alert.expected, _MAXIMUM_NAME)}" if alert.expected else ""
    what = f"{_rules(alert)}{_where(alert)}{_quote(alert)}{_sent_by(alert)}"
    lasted = _duration(alert.end - alert.start)
    if alert.action is Action.SCAN_CLOSED or alert.closed_by:
        why = _CLOSED_BY.get(alert.closed_by, "")
        return f"{who} scanned with nmap for {lasted}{leave}: {_totals(alert)}{why}; {what}"
    if alert.action is Action.SCAN_CONTINUES:
        return f"{who} still scans with nmap after {lasted}{leave}: {_totals(alert)}; {what}"
    return f"{who} scans with nmap{leave}: {what}"


def _who(alert: Alert) -> str:
    who = printable(alert.source, _MAXIMUM_NAME)
    caveats = alert.caveats
    decoys = len(alert.decoys) + alert.decoys_omitted
    if decoys and Caveat.SPOOFABLE.value in caveats:
        names = [who, *(printable(decoy, _MAXIMUM_NAME) for decoy in alert.decoys)]
        who = f"one of {_some(names, alert.decoys_omitted, _NAMED_HOSTS)} (probably with decoys)"
        caveats = tuple(doubt for doubt in caveats if doubt != Caveat.SPOOFABLE.value)
    elif decoys:
        who += f" (with {_count(decoys, 'decoy')})"
    return who + "".join(_DOUBTS.get(doubt, "") for doubt in caveats)


def _rules(alert: Alert) -> str:
    more = len(alert.rules) - 1
    first = printable(alert.rules[0].id, _MAXIMUM_NAME) if alert.rules else "no signature"
    return f"{first} and {_count(more, 'other signature')}" if more > 0 else first


def _where(alert: Alert) -> str:
    """Name the first targets and ports; the rest are counted."""
    ports = [port for port in alert.ports if port]
    targets = [printable(target, _MAXIMUM_NAME) for target in alert.targets]
    if not targets:
        return ""
    omitted = alert.targets_omitted + alert.ports_omitted
    if (len(targets), len(ports), omitted) == (1, 1, 0):
        host = f"[{targets[0]}]" if ":" in targets[0] else targets[0]
        return f" at {host}:{ports[0]}"
    where = f" at {_some(targets, alert.targets_omitted, _NAMED_HOSTS)}"
    if ports:
        noun = "port" if len(ports) + alert.ports_omitted == 1 else "ports"
        where += f", {noun} {_some([str(port) for port in ports], alert.ports_omitted)}"
    return where


def _quote(alert: Alert) -> str:
    if not alert.evidence:
        return ""
    first = alert.evidence[0]
    field = printable(first.field, _MAXIMUM_NAME)
    return f" ({field} {quoted(from_wire(first.value), _MAXIMUM_QUOTE)})"


def _sent_by(alert: Alert) -> str:
    """Say which options the scanner probably used."""
    if not alert.options:
        return ""
    options = [printable(option, _MAXIMUM_NAME) for option in alert.options[: _NAMED + 1]]
    if len(alert.options) > _NAMED:
        return f", probably nmap {', '.join(options[:_NAMED])} or others"
    *rest, last = options
    return f", probably nmap {', '.join(rest)} or {last}" if rest else f", probably nmap {last}"


def _totals(alert: Alert) -> str:
    hosts = len(alert.targets) + alert.targets_omitted
    # A window stops counting there.
    least = "at least " if hosts >= MAXIMUM_TRACKED else ""
    return (
        f"{_count(alert.sightings, 'sighting')} of {_count(len(alert.rules), 'signature')}"
        f" on {least}{_count(hosts, 'host')}"
    )


def _sensor_event(event: SensorEvent) -> str:
    said = _SENSOR_SAYS.get(event.action, f"nmapwatchd: {event.action}")
    if event.interfaces:
        names = [printable(name, _MAXIMUM_NAME) for name in event.interfaces]
        said += f" on {_some(names, 0)}"
    if event.detail:
        said += f": {printable(event.detail, MAXIMUM_SUMMARY)}"
    counts = [
        f"{printable(name.replace('_', ' '), _MAXIMUM_NAME)} {count}"
        for name, count in event.counts.items()
        if count
    ]
    return f"{said} ({', '.join(counts)})" if counts else said


def _some(names: list[str], omitted: int, most: int = _NAMED) -> str:
    more = max(0, len(names) - most) + omitted
    return ", ".join(names[:most]) + (f" and {more} more" if more else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _duration(nanoseconds: int) -> str:
    seconds = max(0, nanoseconds) // _SECOND
    if seconds < 1:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    return f"{seconds // _MINUTE} min" if seconds < 2 * _HOUR else f"{seconds // _HOUR} h"
