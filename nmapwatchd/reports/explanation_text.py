"""An explanation as text for a person, in lines of at most WIDTH characters."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from nmapwatchd.formats.escape import ELLIPSIS
from nmapwatchd.formats.options import in_words
from nmapwatchd.reports.advice import UNPROVEN, Step
from nmapwatchd.reports.explain import MessageExplanation, Row
from nmapwatchd.reports.record import MessageRecord

# Columns: those of a terminal that was never resized.
WIDTH = 80
# Columns of a label.
_LABEL = 14
# Rows that are explained in full; of the others, one line each. An -A scan has some forty.
_FULL_ROWS = 3
_SHORT_ROWS = 40
# Members of a list, characters of a value, and bytes in hexadecimal, at most.
_LISTED = 8
_MAXIMUM_VALUE = 240
_MAXIMUM_HEX = 32


def as_text(explanation: MessageExplanation, found_in: str) -> str:
    """
    Return an explanation as text.

    Args:
        explanation: the explanation.
        found_in: where the message was found; empty if it was given.
    """
    return "\n".join(_lines(explanation, found_in)) + "\n"


def _lines(explanation: MessageExplanation, found_in: str) -> Iterator[str]:
    record = explanation.record
    yield from _wrapped(record.summary or record.action)
    yield ""
    yield from _facts(explanation, found_in)
    if record.is_scan:
        yield from _heading("What ran")
        yield from _options(record)
    else:
        yield from _heading("What it means")
        yield from _wrapped(explanation.meaning)
    yield from _certainty(explanation)
    yield from _heading("What to do")
    for number, step in enumerate(explanation.next, 1):
        yield from _step(number, step)
    if explanation.authorised:
        yield from _heading("If the scan was legitimate")
        yield from _wrapped(
            "This entry of the configuration would have covered it, and little else. Widen it only "
            "as far as the owner of the scanner needs:"
        )
        yield from (f"    {line}" for line in explanation.authorised)
    if explanation.tuning:
        yield from _heading("If it was other software")
        yield from _tuning(explanation)
    if explanation.rows:
        yield from _heading("What was seen")
        yield from _rows(explanation.rows, record)


def _tuning(explanation: MessageExplanation) -> Iterator[str]:
    signature = explanation.tuning[0].signature
    row = next(row for row in explanation.rows if row.id == signature)
    senders = "; ".join(row.also_sent_by) or ("tools with nmap's probes" if row.shared else "")
    entry = "The entry above covers one machine. " if explanation.authorised else ""
    yield from _wrapped(
        f"The alert rests on {signature}, which other software may send"
        f"{f': {senders}' if senders else ''}. {entry}If many machines do, each of these lines "
        "would have covered it, for every source: real scans are hidden, too. It belongs before "
        "the first [table] of the configuration, or into the list that is there already."
    )
    for line in explanation.tuning:
        yield ""
        yield f"    {line.line}"
        yield from _wrapped(f"{line.effect}. Cost: {line.cost}.", "        ", "        ")


def _wrapped(text: str, first: str = "", indent: str = "") -> list[str]:
    """Wrap a text between words only; an option or a script has hyphens."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False
    )


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield title.upper()


def _labelled(label: str, text: str, indent: int = 0) -> Iterator[str]:
    """Yield a label and its text, wrapped beside it; nothing without a text."""
    if len(label) >= _LABEL:  # a word that this version does not know may be of any length
        label, text = "", f"{label}: {text}"
    if text:
        first = " " * indent + label.ljust(_LABEL)
        yield from _wrapped(text, first, " " * len(first))


def _step(number: int, step: Step) -> Iterator[str]:
    """Yield a numbered step with its commands; a table stays as it is."""
    lines = step.text.split("\n")
    if len(lines) > 1:
        yield from (f"    {line}" for line in lines)
    else:
        yield from _numbered(number, step.text)
    yield from (f"        {command}" for command in step.commands)


def _numbered(number: int, text: str) -> list[str]:
    return _wrapped(text, f"{number}. ".rjust(4), "    ")


def _facts(explanation: MessageExplanation, found_in: str) -> Iterator[str]:
    record = explanation.record
    yield from _labelled("action", _action(explanation))
    yield from _labelled("severity", _severity(record))
    yield from _labelled("time", _times(record.start, record.end) or _readable(record.at))
    yield from _labelled("sensor", _sensor(record))
    yield from _labelled("source", _source(record))
    yield from _labelled("decoys", _list(record.decoys))
    yield from _labelled("tunnel", _list(record.outer).replace(">", " to "))
    yield from _labelled("target", _target(record))
    yield from _labelled("authorised as", record.expected)
    yield from _labelled("closed by", record.closed_by)
    yield from _labelled("found in", found_in)


def _action(explanation: MessageExplanation) -> str:
    record = explanation.record
    if not record.scan_id:
        return record.action
    number = f"{record.action}, message {record.sequence} of"
    if record.is_scan:
        return f"{number} scan {record.scan_id}: {explanation.meaning}"
    return f"{number} flood {record.scan_id}"


def _severity(record: MessageRecord) -> str:
    if not record.severity:
        return ""
    return f"{record.severity} of 10, risk score {record.risk_score} of 100"


def _times(start: str, end: str) -> str:
    """Return both times, the day once if it is the same."""
    if start == end or not end:
        return _readable(start)
    day, _, clock = end.partition("T")
    last = clock if start.startswith(f"{day}T") else end
    return f"{_readable(start).removesuffix(' UTC')} to {_readable(last)}"


def _readable(time: str) -> str:
    return time.replace("T", " ").replace("Z", " UTC")


def _sensor(record: MessageRecord) -> str:
    parts = [record.hostname]
    if record.interfaces:
        parts.append(f"interface {_list(record.interfaces)}")
    if record.vlans:
        parts.append(f"VLAN {_list(record.vlans)}")
    if record.capture:
        parts.append(f"replay of {record.capture}")
    return ", ".join(filter(None, parts))


def _source(record: MessageRecord) -> str:
    if record.listed_sources:
        return f"{record.sources} addresses: {_list(record.listed_sources)}"
    parts = [record.source] if record.source else []
    if record.macs:
        own = " (its own)" if record.on_link else ""
        parts.append(f"MAC {_list(record.macs)}{own}")
    if record.source_ports:
        parts.append(f"from port {_list(record.source_ports)}")
    return ", ".join(parts)


def _target(record: MessageRecord) -> str:
    hosts = record.target_count or len(record.targets)
    parts = []
    if hosts:
        parts.append(f"{hosts} {'host' if hosts == 1 else 'hosts'}: {_list(record.targets)}")
    if ports := [port for port in record.ports if port != "0"]:
        noun = "port" if len(ports) == 1 else "ports"
        parts.append(f"{'/'.join(record.transports[:_LISTED])} {noun} {_list(ports)}".strip())
    elif record.transports:
        parts.append("/".join(record.transports[:_LISTED]))
    return "; ".join(parts)


def _rows(rows: Sequence[Row], record: MessageRecord) -> Iterator[str]:
    for number, row in enumerate(rows[:_FULL_ROWS], 1):
        if number > 1:
            yield ""
        yield from _row(number, row, record)
    others = rows[_FULL_ROWS:]
    if not others:
        return
    yield ""
    yield f"    and {len(others)} further signature{'' if len(others) == 1 else 's'}:"
    for row in others[:_SHORT_ROWS]:
        text = f"{_name(row)}: {row.title if row.known else 'not in the catalogue'}"
        yield "    " + textwrap.shorten(text, WIDTH - 4, placeholder=" ...")
    if len(others) > _SHORT_ROWS:
        yield f"    ... and {len(others) - _SHORT_ROWS} more; --output json lists all"


def _name(row: Row) -> str:
    return row.id or "(signature not given)"


def _row(number: int, row: Row, record: MessageRecord) -> Iterator[str]:
    tool = record.tool or "nmap"
    yield from _numbered(number, row.title or _name(row))
    indent = 4
    yield from _labelled("signature", f"{_name(row)}{_count(row, record)}", indent)
    if row.field:
        meaning = f" ({row.field_meaning})" if row.field_meaning else ""
        yield from _labelled("field", f"{row.field}{meaning}", indent)
        yield from _labelled("value", f'"{_cut(row.value)}"', indent)
        yield from _labelled("as bytes", _hex(row.hex), indent)
    yield from _labelled("matches if", row.condition.replace("`", '"'), indent)
    if not row.known:
        yield from _labelled(
            "not known",
            "the catalogue does not have this signature: it was removed since, or is a site's own "
            "(--config includes those)",
            indent,
        )
    yield from _labelled("in nmap's" if tool == "nmap" else "source", row.file, indent)
    yield from _labelled("your row", row.site_file, indent)
    yield from _labelled("sent by", _sent_by(row, tool), indent)
    yield from _labelled("also sent by", "; ".join(row.also_sent_by), indent)
    if row.shared:
        yield from _labelled("shared", "tools that include nmap's probes send it, too", indent)
    yield from _labelled("certainty", _confidence(row), indent)
    yield from _labelled("configured", row.changed_by, indent)
    yield from _labelled("note", row.note, indent)


def _count(row: Row, record: MessageRecord) -> str:
    if row.sightings < 2:
        return ""
    if record.is_scan:
        return f", sighted {row.sightings} times"
    return f", with which {row.sightings} scans began"


def _sent_by(row: Row, tool: str) -> str:
    if not row.options:
        return ""
    one_of = "" if len(row.options) == 1 else "any of "
    return f"{tool} with {one_of}{', '.join(row.options)}"


def _confidence(row: Row) -> str:
    if not row.confidence_off_link:
        return row.confidence
    return f"{row.confidence}; {row.confidence_off_link} behind a router"


def _options(record: MessageRecord) -> Iterator[str]:
    yield from _labelled("proven", ", ".join(in_words(record.options)) or "no particular option")
    options = " ".join(record.options)
    yield from _labelled("options", options)
    if record.command != f"{record.tool} {options}":
        yield from _labelled("as in", record.command)
    yield from _labelled("possible", " ".join(record.options_possible))
    if record.options_possible:
        yield from _wrapped(
            "What is only possible would send the same bytes, but other options explain them as "
            "well: do not report it as a fact."
        )


def _certainty(explanation: MessageExplanation) -> Iterator[str]:
    confidence, caveats = explanation.confidence, explanation.caveats
    if not confidence.name and not caveats:
        return
    yield from _heading("How certain it is")
    if confidence.name:
        yield from _labelled(confidence.name, confidence.meaning or "not known to this version")
    for caveat in caveats:
        yield from _labelled(caveat.name, caveat.meaning)
    if UNPROVEN.isdisjoint(caveat.name for caveat in caveats):
        yield from _labelled("proven source", "it received replies, so its address is real")


def _list(values: Iterable[str]) -> str:
    listed = list(values)
    more = len(listed) - _LISTED
    return ", ".join(listed[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _cut(value: str) -> str:
    return value if len(value) <= _MAXIMUM_VALUE else value[:_MAXIMUM_VALUE] + ELLIPSIS


def _hex(text: str) -> str:
    octets = text.split(" ") if text else []
    more = len(octets) - _MAXIMUM_HEX
    return " ".join(octets[:_MAXIMUM_HEX]) + (f" ... and {more} more" if more > 0 else "")
