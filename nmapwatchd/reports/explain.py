"""Explain a message: which rows of the catalogue recognised which bytes, and what follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nmapwatchd.core.alert import Action, EvidenceItem
from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.exports.words import correlation_in_words, in_words
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.reports.action_texts import action_texts
from nmapwatchd.reports.advice import CAVEATS, CONFIDENCE, Step, authorisation, next_steps
from nmapwatchd.reports.record import MessageRecord, SightedRule
from nmapwatchd.reports.tuning_advice import TuningLine, tuning_lines
from nmapwatchd.reports.wire_bytes import is_binary, wire_bytes
from nmapwatchd.signatures.tuning import NO_CHANGES, Change, Changes

DEFAULT_POLICY = WindowPolicy()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the alert with its meaning."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of the catalogue that a message names, with the bytes that it recognised.

    Args:
        id: its id.
        title: its description.
        sightings: how often it was sighted; 0 if the message does not say.
        confidence: how certain one sighting is; empty if the row is not known.
        confidence_off_link: the same behind a router, if that is less; else empty.
        known: whether the catalogue has it.
        condition: what it compares, in words.
        file: the file of nmap that it is from.
        options: the options that send it, any of them.
        also_sent_by: other software that is known to send it.
        shared: whether tools that include nmap's probes send it.
        note: what else a reader should know.
        site_file: file and line of a site's own row; empty for a shipped one.
        changed_by: what the configuration changes, and where; empty if nothing.
        field: the field that was compared; empty if the message has no evidence of the row.
        field_meaning: what the field is.
        value: its value, printable.
        hex: the value's bytes, if they are not text.
    """

    id: str
    title: str
    sightings: int
    confidence: str = ""
    confidence_off_link: str = ""
    known: bool = False
    condition: str = ""
    file: str = ""
    options: tuple[str, ...] = ()
    also_sent_by: tuple[str, ...] = ()
    shared: bool = False
    note: str = ""
    site_file: str = ""
    changed_by: str = ""
    field: str = ""
    field_meaning: str = ""
    value: str = ""
    hex: str = ""


@dataclass(frozen=True, slots=True)
class MessageExplanation:
    """
    A message, explained.

    Args:
        record: the message.
        confidence: that of the most certain row.
        caveats: reasons why the source may not be the scanner.
        rows: those with evidence first, the most telling first of all.
        meaning: what the action means.
        next: what to do, in this order.
        authorised: the `[[authorised]]` entry that would have covered the scan, line by line.
        tuning: the lines that would have kept other software from being reported.
    """

    record: MessageRecord
    confidence: Term
    caveats: tuple[Term, ...]
    rows: tuple[Row, ...]
    meaning: str
    next: tuple[Step, ...]
    authorised: tuple[str, ...]
    tuning: tuple[TuningLine, ...]


def explain_message(
    record: MessageRecord,
    catalogue: Catalogue,
    changes: Changes = NO_CHANGES,
    policy: WindowPolicy = DEFAULT_POLICY,
) -> MessageExplanation:
    """
    Explain a message.

    Args:
        record: the message.
        catalogue: the signatures to explain it with, which may be newer than the message; those
            that are off included.
        changes: what the configuration changes of them, by id.
        policy: when a scan is reported.
    """
    if record.is_scan:
        # What to do depends on much more than the action.
        meaning, steps = _SCANS[record.action], next_steps(record)
    else:
        text = action_texts()[ACTIONS[record.action].message_id]
        meaning, *paragraphs = text.filled(_values(record))
        steps = tuple(map(Step, paragraphs))
    return MessageExplanation(
        record=record,
        confidence=Term(record.confidence, CONFIDENCE.get(record.confidence, "")),
        caveats=tuple(
            Term(name, CAVEATS.get(name, "not known to this version")) for name in record.caveats
        ),
        rows=_rows(record, catalogue, changes),
        meaning=meaning,
        next=steps,
        authorised=authorisation(record),
        tuning=tuning_lines(
            record, [one for one in catalogue.signatures if not _is_off(one, changes)], policy
        ),
    )


def _is_off(signature: Signature, changes: Changes) -> bool:
    return signature.id in changes and changes[signature.id].is_off


_SCANS: Mapping[Action, str] = {
    Action.SCAN_OPENED: "the first message of a scan",
    Action.SCAN_CONTINUES: "a scan that was reported before goes on with something new",
    Action.SCAN_CLOSED: "the end of a scan, with its totals",
    Action.SCAN_EXPECTED: "a scan that the configuration authorises",
}


def _values(record: MessageRecord) -> Callable[[str], str]:
    """Return a function that returns the value of a flat field, for the texts of actions."""
    values = {
        "detail": record.detail,
        "interface": ", ".join(record.interfaces),
        "mac": ", ".join(record.macs),
        "sources": str(record.sources),
        "listed_source": ", ".join(record.listed_sources),
        "start": record.start,
        "event_id": record.event_id,
        "scan_id": record.scan_id,
    }
    return lambda name: values.get(name, "")


def _rows(record: MessageRecord, catalogue: Catalogue, changes: Changes) -> tuple[Row, ...]:
    wanted = {rule.id for rule in record.rules} | {item.rule for item in record.evidence}
    known = {
        signature.id: (signature, rules)
        for rules in catalogue.matcher_rules
        for signature in rules.signatures
        if signature.id in wanted
    }
    evidence = _evidence_by_rule(record, {id_: signature for id_, (signature, _) in known.items()})
    sighted = {rule.id: rule for rule in record.rules}
    ids = dict.fromkeys([*evidence, *sighted])
    rows = (
        _row(sighted.get(id_, SightedRule(id_)), evidence.get(id_), known.get(id_)) for id_ in ids
    )
    return tuple(replace(row, changed_by=_changed_by(changes.get(row.id))) for row in rows)


def _changed_by(change: Change | None) -> str:
    if change is None:
        return ""
    was = (
        "off" if change.is_off else f"{change.tuned.confidence}, not {change.signature.confidence}"
    )
    return f"{was}: {change.by.location}"


def _evidence_by_rule(
    record: MessageRecord, known: Mapping[str, Signature]
) -> dict[str, EvidenceItem]:
    """Return the evidence of each rule; without its id, that of the first one that compares it."""
    found: dict[str, EvidenceItem] = {}
    for item in record.evidence:
        rule = item.rule or next(
            (
                rule.id
                for rule in record.rules
                if rule.id not in found and rule.id in known and item.field in known[rule.id].reads
            ),
            "",
        )
        found.setdefault(rule, item)
    return found


def _row(
    rule: SightedRule, item: EvidenceItem | None, known: tuple[Signature, MatcherRules] | None
) -> Row:
    field, value = (item.field, item.value) if item is not None else ("", "")
    hexadecimal = wire_bytes(value).hex(" ") if is_binary(value) else ""
    if known is None:
        return Row(
            rule.id, rule.title, rule.count,
            file=rule.reference, field=field, value=value, hex=hexadecimal,
        )  # fmt: skip
    signature, rules = known
    condition = in_words(signature.match, rules.matcher)
    if signature.correlate is not None:
        condition += f", {correlation_in_words(signature.correlate)}"
    meaning = rules.matcher.field_named(field)
    return Row(
        id=rule.id,
        title=signature.title,
        sightings=rule.count,
        confidence=signature.confidence.value,
        confidence_off_link=signature.off_link.value if signature.off_link is not None else "",
        known=True,
        condition=condition,
        file=signature.source,
        options=signature.options,
        also_sent_by=signature.also_sent_by,
        shared=signature.shared,
        note=signature.note,
        site_file=signature.location,
        field=field,
        field_meaning=meaning.meaning if meaning is not None else "",
        value=value,
        hex=hexadecimal,
    )
