"""
A message as one sentence for a person, the same in every sink.

It is ASCII, so that syslog needs no byte-order mark before it, and at most MAXIMUM_SUMMARY
characters long. Every sentence about one scan that is not authorised, and no other sentence,
matches `SCAN`. What follows the address, in parentheses, says how certain it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message, Rule, SensorEvent
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.explanation import Explanation
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.escape import ASCII_ELLIPSIS, from_wire, plain, plain_quoted, plain_word
from nmapwatchd.formats.options import as_typed, in_words, is_family, is_script
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.values import mac_address, timestamp

# What filters of logs are to use, in the syntax of POSIX: the first group is the address. Only the
# parenthesis of an authorised scanner has a quotation mark.
SCAN = r'^([^ ]+) (\([^")]*\) )?(has begun|continues|ended|had run)'
# What matches if the address may be innocent, so that it must not be blocked.
UNCERTAIN = r'^([^ ]+) \([^")]*(not proven|perhaps)'

# Characters of a summary: two lines of a wide terminal, and a third of what the oldest syslog
# collectors accept (1024 bytes).
MAXIMUM_SUMMARY = 300
# Characters of an address (IPv6 with IPv4 notation at its end has 45), and of a name.
_MAXIMUM_ADDRESS = 45
_MAXIMUM_NAME = 48
# Characters of an option, or of several scripts, and options listed if none is proven.
_MAXIMUM_TYPED = 100
_POSSIBLE = 2
# What makes a value worth quoting: a word, early enough for a quotation to hold it even if all
# before it are escapes. Otherwise the signature's title says more.
_WORD = re.compile(r"[A-Za-z][ -~]{3,}")
_EARLY = 16
# Consecutive ports that are written as a range.
_RANGE = 3

# Interfaces of a sensor event that are listed.
_NAMED_INTERFACES = 3
# Beginnings of tools that take `an`: vowels, and nmap, whose N is read as a letter.
_AN = ("a", "e", "i", "o", "u", "nm")
_NOT_PROVEN = "address not proven"

_MINUTE = 60  # seconds
_HOUR = 60 * _MINUTE

# Transports without ports, as people name them.
_WITHOUT_PORTS = {
    Transport.ICMP.value: "ICMP",
    Transport.ICMPV6.value: "ICMPv6",
    Transport.IP.value: "IP protocols",
}
# When a scan, which may go on, was closed; not by idleness.
_WHEN = {
    "shutdown": "when the capture ended",
    "clock": "when the clock was set back",
    "eviction": "when newer scans took its place",
}


@dataclass(frozen=True, slots=True)
class _Room:
    """
    How much of each kind a sentence lists; the rest is counted or left out.

    Args:
        ports: ports, or ranges of them.
        quote: characters of the evidence; 0 leaves it out.
        typed: characters of the options as they are typed; more are left out.
        activities: what these options do.
        addresses: hosts, decoys, MAC addresses and tunnels; with 0, decoys are counted.
    """

    ports: int = 8
    quote: int = 64
    typed: int = 96
    activities: int = 6
    addresses: int = 2


# Tried in this order until the sentence fits: ports are given up first, then options, the end of
# the evidence, addresses but one, the evidence, and the rest. The second quotation holds nmap's
# User-Agent up to "Nmap Scripting Engine".
_ROOMS = (
    _Room(),
    _Room(ports=3),
    _Room(ports=3, typed=32, activities=3),
    _Room(ports=3, typed=32, activities=3, quote=50),
    _Room(ports=3, typed=32, activities=3, quote=28),
    _Room(ports=3, typed=32, activities=3, quote=28, addresses=1),
    _Room(ports=3, typed=32, activities=3, quote=0, addresses=1),
    _Room(ports=1, typed=0, activities=1, quote=0, addresses=0),
)


def format_summary(message: Message, _sensor: Sensor) -> bytes:
    """Return the summary of a message as bytes."""
    return summarise(message).encode("ascii")


def summarise(message: Message) -> str:
    """Return a message as one line of at most MAXIMUM_SUMMARY printable ASCII characters."""
    text = ""
    for room in _ROOMS:
        text = _sentence(message, room)
        if len(text) <= MAXIMUM_SUMMARY:
            more = text + _near_authorisation(message)
            return more if len(more) <= MAXIMUM_SUMMARY else text
    # No escape has a space, so that none is cut.
    kept = text[: MAXIMUM_SUMMARY - len(ASCII_ELLIPSIS)].rpartition(" ")[0]
    return kept + ASCII_ELLIPSIS


def _near_authorisation(message: Message) -> str:
    """Return which authorisation nearly covers a scan that begins, and why it does not."""
    if not isinstance(message, Alert) or message.action is not Action.SCAN_OPENED:
        return ""
    if not message.near_authorisation:
        return ""
    name = plain_quoted(message.near_authorisation, _MAXIMUM_NAME)
    return f"; {name} does not cover it: {plain(message.not_covered_because)}"


def _sentence(message: Message, room: _Room) -> str:
    match message:
        case Alert():
            return _alert(message, room)
        case FloodSummary():
            return _flood(message, room)
        case SensorEvent():
            return _sensor_event(message)
        case _:
            assert_never(message)


def _alert(alert: Alert, room: _Room) -> str:
    subject, scan = f"{_address(alert.source)}{_remarks(alert, room)}", f"{_tool(alert)} scan"
    hits = f"{_at_least(alert)}{_count(alert.sightings, 'hit')}"
    if alert.action is Action.SCAN_CLOSED or alert.closed_by:
        if alert.is_unchanged:
            hosts = _hosts(alert, room, counted=False)
            of = f" of {hosts}" if hosts else ""
            return (
                f"{subject} {_closing(alert, scan + of)}{_shared(alert, ', ')}: nothing new, {hits}"
            )
        ran = _ran(alert, room) or _evidence(alert, room)
        totals = [_scanned(alert, room, counted=True), ran, hits]
        return f"{subject} {_closing(alert, scan)}: {_joined(totals)}"
    what = [_ran(alert, room), _evidence(alert, room)]
    is_first = alert.sequence == 1 and alert.action is Action.SCAN_EXPECTED
    if is_first or alert.action is Action.SCAN_OPENED:
        article = "an" if scan.startswith(_AN) else "a"
        scanned = _scanned(alert, room, counted=False)
        of = f" of {scanned}" if scanned else ""
        return f"{subject} has begun {article} {scan}{of}: {_joined(what)}"
    so_far = [_scanned(alert, room, counted=True), *what, hits]
    duration = _duration(alert.end - alert.start)
    return f"{subject} continues its {scan} after {duration}{_news(alert)}: {_joined(so_far)}"


def _remarks(alert: Alert, room: _Room) -> str:
    """Return in parentheses who the source is, and how certain that is."""
    caveats = frozenset(alert.caveats)
    remarks = []
    if alert.expected:
        remarks.append(f"authorised as {plain_quoted(alert.expected, _MAXIMUM_NAME)}")
    if decoys := len(alert.decoys) + alert.decoys_omitted:
        remarks.append(_with_decoys(alert, decoys, room.addresses))
    elif caveats & {Caveat.SPOOFABLE, Caveat.TUNNELLED}:
        remarks.append(_NOT_PROVEN)
    if Caveat.TUNNELLED in caveats:
        remarks.append(_tunnel(alert.outer, room.addresses))
    if Caveat.PROXIED in caveats:
        remarks.append("perhaps a proxy")
    if Caveat.RELAYABLE in caveats:
        remarks.append("perhaps a relay of content")
    if alert.on_link and alert.macs:
        remarks.append(f"MAC {_macs(alert.macs, 0, room)}")
    return f" ({'; '.join(remarks)})" if remarks else ""


def _with_decoys(alert: Alert, decoys: int, most: int) -> str:
    """Return that there are decoys, and which if one of them may be the scanner."""
    if Caveat.SPOOFABLE not in alert.caveats:
        return f"with {_count(decoys, 'decoy')}"
    named = [_address(decoy) for decoy in alert.decoys[:most]]
    if more := decoys - len(named):
        named.append(f"one of {more} more" if more > 1 else "another one")
    *others, last = named
    rest = "the other is a decoy" if decoys == 1 else "the others are decoys"
    return f"{_NOT_PROVEN}: {', '.join(['this one', *others])} or {last}, {rest}"


def _tunnel(outer: Sequence[str], most: int) -> str:
    """Return that packets were in a tunnel, and from where to where."""
    if not outer or not most:
        return "in a tunnel"
    source, _, destination = outer[0].partition(">")
    more = f" and {len(outer) - 1} more" if len(outer) > 1 else ""
    return f"in a tunnel from {_address(source)} to {_address(destination)}{more}"


def _closing(alert: Alert, scan: str) -> str:
    """Return that a scan is over, or until when it is known to have gone on."""
    duration = _duration(alert.end - alert.start)
    if when := _WHEN.get(alert.closed_by):
        return f"had run its {scan} for {duration} {when}"
    return f"ended its {scan} after {duration}"


def _news(alert: Alert) -> str:
    """Return what the alert before did not have."""
    news = {"host": alert.new_targets, "signature": alert.new_rules, "decoy": alert.new_decoys}
    added = [_count(number, f"more {noun}") for noun, number in news.items() if number]
    return (f" with {_and(added)}" if added else "") + (
        ", now more severe" if alert.is_raised else ""
    )


def _scanned(alert: Alert, room: _Room, *, counted: bool) -> str:
    """Return the hosts and the ports."""
    return ", ".join(filter(None, [_hosts(alert, room, counted=counted), _ports(alert, room)]))


def _hosts(message: Alert | FloodSummary, room: _Room, *, counted: bool) -> str:
    """Return the hosts scanned, and their number if there are several, or if it is to be said."""
    number = len(message.targets) + message.targets_omitted
    if not number:
        return ""
    targets = [_address(target) for target in message.targets]
    listed = _listed(targets, message.targets_omitted, max(1, room.addresses))
    if number == 1 and not counted:
        return listed
    least = _at_least(message, message.targets_truncated) if isinstance(message, Alert) else ""
    return f"{least}{_count(number, 'host')} ({listed})"


def _at_least(alert: Alert, is_truncated: bool = False) -> str:
    return "at least " if is_truncated or Caveat.INCOMPLETE in alert.caveats else ""


def _ports(alert: Alert, room: _Room) -> str:
    """Return the protocols, with the ports of those that have any."""
    named = [_WITHOUT_PORTS[name] for name in alert.transports if name in _WITHOUT_PORTS]
    others = [_word(name) for name in alert.transports if name not in _WITHOUT_PORTS]
    ports = _port_list(
        alert.ports, alert.ports_omitted, room, _at_least(alert, alert.ports_truncated)
    )
    return ", ".join(filter(None, [*named, f"{_and(others)} {ports}".strip()]))


def _port_list(ports: Sequence[int], omitted: int, room: _Room, least: str = "") -> str:
    """Return ports in order, consecutive ones as a range, and the number of the others."""
    runs: list[list[int]] = []
    for port in sorted({port for port in ports if port}):
        if runs and port == runs[-1][-1] + 1:
            runs[-1].append(port)
        else:
            runs.append([port])
    parts = [
        part for run in runs for part in ([run] if len(run) >= _RANGE else [[port] for port in run])
    ]
    texts = [f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    more = sum(map(len, parts[room.ports :])) + omitted
    shown = ", ".join(texts[: room.ports])
    return f"{shown} and {least}{more} more" if more else shown


def _shared(alert: Alert, before: str = "") -> str:
    """Return that another tool may have sent all of it, or ''."""
    tool = _tool(alert)
    return f"{before}by {tool} or a tool with its probes" if _has_shared_probes(alert) else ""


def _ran(alert: Alert, room: _Room) -> str:
    """Return what the scanner ran; if nothing is proven, what it may have run."""
    explanation, tool = alert.explanation, _tool(alert)
    shared = _shared(alert)
    if explanation.options:
        words = _listed(_plain(in_words(explanation.options)), 0, room.activities)
        words += _typed(explanation, tool, room)
    else:
        words = _perhaps(explanation.possible, tool)
    return ", ".join(filter(None, [words, shared]))


def _perhaps(possible: Sequence[str], tool: str) -> str:
    """Return what may have run; a script is not named, because its name would be believed."""
    options = _plain([option for option in possible if not is_script(option)])
    if options:
        more = " or others" if len(possible) > len(options[:_POSSIBLE]) else ""
        return f"perhaps {tool} {' or '.join(options[:_POSSIBLE])}{more}"
    return f"perhaps a script of {tool}" if possible else ""


def _typed(explanation: Explanation, tool: str, room: _Room) -> str:
    """Return in parentheses what was typed, without the scripts of which the family is known."""
    named = [option for option in explanation.options if not is_family(option)]
    is_whole = len(named) == len(explanation.options)
    if is_whole and explanation.command:
        return f" (as {_plain([explanation.command])[0]})"
    typed = " ".join(_plain(as_typed(named)))
    if len(typed) > room.typed or not (is_whole or any(map(is_script, named))):
        return ""
    return f" ({'' if is_whole else 'at least '}{tool} {typed})"


def _plain(options: Sequence[str]) -> list[str]:
    return [plain(option, _MAXIMUM_TYPED) for option in options]


def _has_shared_probes(alert: Alert) -> bool:
    return Caveat.SHARED_PROBES in alert.caveats


def _evidence(alert: Alert, room: _Room) -> str:
    """Return the most telling value, or what its signature compares if it is only a number."""
    if not room.quote or not alert.rules:
        return ""
    first = alert.evidence[0] if alert.evidence else None
    if first is not None and _WORD.search(first.value, 0, _EARLY):
        quote = plain_quoted(from_wire(first.value), room.quote)
        return f"sent {_word(first.field)} {quote} ({_word(first.rule)})"
    named = [rule for rule in alert.rules if first and rule.id == first.rule]
    return _seen((named or alert.rules)[0], room)


def _seen(rule: Rule, room: _Room) -> str:
    """Return the details in the title of a rule, which follow its colon, and its id."""
    title = rule.title.partition(": ")[2] or rule.title
    return f"seen: {plain(title, room.quote)} ({_word(rule.id)})"


def _flood(flood: FloodSummary, room: _Room) -> str:
    """Return a flood's sentence; no address begins it, because most are probably forged."""
    since, until = (timestamp(at)[11:19] for at in (flood.start, flood.end))
    subject = f"Flood of {_tool(flood)} scans since {since} UTC"
    if flood.closed_by:
        reason = _WHEN.get(flood.closed_by)
        subject += f", open {reason}" if reason else f" ended at {until}"
    listed = [_address(source) for source in flood.listed]
    omitted, most = max(0, flood.sources - len(listed)), max(1, room.addresses)
    sources = _count(flood.sources, "more source")
    if Caveat.SPOOFABLE in flood.caveats:
        sources += ", addresses not proven"
    if listed:
        sources += f" ({_listed(listed, omitted, most)})"
    ports = _port_list(flood.ports, flood.ports_omitted, room)
    return f"{subject}: " + _joined([
        sources,
        f"MAC {_macs(flood.macs, flood.macs_omitted, room)}" if flood.macs else "",
        ", ports ".join(filter(None, [_hosts(flood, room, counted=True), ports])),
        f"mostly {_word(flood.rules[0].id)}" if flood.rules else "",
    ])  # fmt: skip


def _sensor_event(event: SensorEvent) -> str:
    """Return what happened to the sensor; without a text of its own, the detail is a sentence."""
    summary = ACTIONS[event.action].summary
    if not summary:
        return plain(event.detail, MAXIMUM_SUMMARY) or event.action
    names = [_word(name) for name in event.interfaces]
    text = summary.format(on=f" on {_listed(names, 0, _NAMED_INTERFACES)}" if names else "")
    return f"{text}: {plain(event.detail, MAXIMUM_SUMMARY)}" if event.detail else text


def _tool(message: Alert | FloodSummary) -> str:
    return _word(message.tool) or "unknown"


def _address(address: str) -> str:
    return plain_word(address, _MAXIMUM_ADDRESS) or "unknown"


def _word(text: str) -> str:
    return plain_word(text, _MAXIMUM_NAME)


def _macs(macs: Sequence[str], omitted: int, room: _Room) -> str:
    return _listed([_word(mac_address(mac)) for mac in macs], omitted, max(1, room.addresses))


def _joined(clauses: Sequence[str]) -> str:
    return "; ".join(filter(None, clauses))


def _and(words: Sequence[str]) -> str:
    *rest, last = words or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def _listed(names: Sequence[str], omitted: int, most: int) -> str:
    """Return the first names, and the number of the others."""
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
