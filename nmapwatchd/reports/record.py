"""A message as it was written, read back: from JSON, or from the fields of a journal entry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat, zip_longest
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from nmapwatchd.core.alert import Action, EvidenceItem
from nmapwatchd.formats.escape import MAXIMUM_PRINTED, printable

# Bytes of a message as JSON: some 40 times as many as an alert of all rules has.
MAXIMUM_MESSAGE = 1 << 20
# Members of a list, as formats.ecs has at most.
_MAXIMUM_LISTED = 1024
# The largest count: that of a signed 64-bit number.
_MAXIMUM_COUNT = 2**63 - 1
# Digits of the largest count.
_DIGITS = 19
# Characters of a value that an error quotes.
_MAXIMUM_QUOTE = 40
# Prefix of the fields of a journal entry.
_JOURNAL = "NMAPWATCHD_"


class NotAMessageError(ValueError):
    """The text is no message of ours; says why."""


@dataclass(frozen=True, slots=True)
class SightedRule:
    """
    A rule as a message lists it.

    Args:
        id: its id.
        title: its description then; empty if the message does not have it.
        reference: the file of the tool then, likewise.
        count: its sightings; 0 if the message does not have them.
    """

    id: str
    title: str = ""
    reference: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """
    A message that was written before. Every text is printable; what is unknown is empty, or 0.

    Args:
        action: what it is about.
        event_id: its id.
        scan_id: that of the scan, or of the flood.
        sequence: its number among those of the scan.
        summary: its sentence.
        severity: ECS event.severity, 1 to 10.
        risk_score: ECS event.risk_score, 0 to 100.
        at: time of the message, ISO 8601; empty if it was read from the journal.
        start: time of the first sighting, ISO 8601.
        end: time of the last one.
        hostname: the sensor's.
        interfaces: the interfaces that captured it; none if it was replayed.
        capture: the capture file that was replayed.
        vlans: the VLAN ids.
        source: the scanner's address.
        macs: its MAC addresses, or those of the last router.
        on_link: whether they are its own; False also if the message does not say.
        source_ports: the ports it sent from.
        decoys: other addresses that sent the same packets.
        outer: the ends of the tunnels around the packets.
        targets: the addresses scanned.
        target_count: how many there are, those that are not listed included.
        ports: the ports scanned.
        transports: those of the packets.
        tool: the software that scans.
        options: what is proven to have run.
        options_possible: what may have run.
        command: the shortest command that has the proven options.
        confidence: that of the most certain rule.
        caveats: reasons why the source may not be the scanner.
        rules: the rules sighted.
        evidence: a field and value of some of them; the rule is empty if the message does not have
            it.
        expected: the authorisation that covers the scan.
        near_authorisation: the one that nearly covers it.
        not_covered_because: why that one does not.
        closed_by: why the scan closed; empty while it is open.
        detail: of an event of the sensor.
        sources: the number of sources of a flood.
        listed_sources: the first of them.
    """

    action: Action
    event_id: str = ""
    scan_id: str = ""
    sequence: int = 0
    summary: str = ""
    severity: int = 0
    risk_score: int = 0
    at: str = ""
    start: str = ""
    end: str = ""
    hostname: str = ""
    interfaces: tuple[str, ...] = ()
    capture: str = ""
    vlans: tuple[str, ...] = ()
    source: str = ""
    macs: tuple[str, ...] = ()
    on_link: bool = False
    source_ports: tuple[str, ...] = ()
    decoys: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    target_count: int = 0
    ports: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()
    tool: str = ""
    options: tuple[str, ...] = ()
    options_possible: tuple[str, ...] = ()
    command: str = ""
    confidence: str = ""
    caveats: tuple[str, ...] = ()
    rules: tuple[SightedRule, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()
    expected: str = ""
    near_authorisation: str = ""
    not_covered_because: str = ""
    closed_by: str = ""
    detail: str = ""
    sources: int = 0
    listed_sources: tuple[str, ...] = ()

    @property
    def is_scan(self) -> bool:
        """Whether it is an alert about one scan."""
        return self.action.startswith("scan-") and self.action is not Action.SCAN_FLOOD


def read_message(data: bytes) -> MessageRecord:
    """
    Read a message from JSON, as a `jsonl` sink or `journalctl -o json` writes it.

    Args:
        data: any bytes; more than MAXIMUM_MESSAGE are refused.

    Raises:
        NotAMessageError: it is no message of ours.
    """
    if len(data) > MAXIMUM_MESSAGE:
        raise NotAMessageError(f"is longer than {MAXIMUM_MESSAGE >> 20} MiB")
    if not data.strip():
        raise NotAMessageError("is empty")
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise NotAMessageError("is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise NotAMessageError(f"is not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise NotAMessageError("is more than one message; give one") from error
        raise NotAMessageError(f"is not JSON: {error.msg} at character {error.pos + 1}") from error
    except ValueError as error:
        raise NotAMessageError("has a number of too many digits") from error
    if not isinstance(document, dict):
        raise NotAMessageError("is JSON, but not an object")
    if f"{_JOURNAL}ACTION" in document:
        return read_entry(document)
    return _read_document(document)


def read_entry(entry: Mapping[str, Any]) -> MessageRecord:
    """
    Read a message from the fields of a journal entry.

    Args:
        entry: the values by name; a field that occurs several times has a list.

    Raises:
        NotAMessageError: it is no message of ours.
    """

    def all_of(name: str) -> tuple[str, ...]:
        return _texts(entry.get(_JOURNAL + name.upper()))

    def one_of(name: str) -> str:
        return next(iter(all_of(name)), "")

    evidence = [item.partition("=") for item in all_of("evidence")]
    return MessageRecord(
        action=_action(one_of("action")),
        event_id=one_of("event_id"),
        scan_id=one_of("scan_id"),
        sequence=_count(one_of("sequence")),
        summary=_text(entry.get("MESSAGE")),
        severity=_count(one_of("severity")),
        risk_score=_count(one_of("risk_score")),
        start=one_of("start"),
        end=one_of("end"),
        hostname=_text(entry.get("_HOSTNAME")),
        interfaces=all_of("interface"),
        vlans=all_of("vlan"),
        source=one_of("source"),
        macs=all_of("mac"),
        decoys=all_of("decoy"),
        outer=all_of("outer"),
        targets=all_of("target"),
        target_count=_count(one_of("targets")),
        ports=all_of("port"),
        transports=all_of("transport"),
        tool=one_of("tool"),
        options=all_of("option"),
        options_possible=all_of("option_possible"),
        command=one_of("command"),
        confidence=one_of("confidence"),
        caveats=all_of("caveat"),
        rules=tuple(map(SightedRule, all_of("rule"))),
        evidence=tuple(EvidenceItem("", name, value) for name, _, value in evidence),
        expected=one_of("expected"),
        near_authorisation=one_of("near_authorisation"),
        not_covered_because=one_of("not_covered_because"),
        closed_by=one_of("closed_by"),
        detail=one_of("detail"),
        sources=_count(one_of("sources")),
        listed_sources=all_of("listed_source"),
    )


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError as error:
        shown = name[:_MAXIMUM_QUOTE]
        raise NotAMessageError(f'is no message of nmapwatchd: its action is "{shown}"') from error


def _text(value: Any) -> str:
    """Return a scalar as printable text; '' for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, bytes):
        value = value[:MAXIMUM_PRINTED].decode("utf-8", "surrogateescape")
    if isinstance(value, int) and abs(value) <= _MAXIMUM_COUNT:
        return str(value)
    if not isinstance(value, str):
        return ""
    # A message's texts are escaped, so a backslash is one already.
    return "".join(
        character if character == "\\" or character.isprintable() else printable(character)
        for character in value[:MAXIMUM_PRINTED]
    )


def _texts(value: Any) -> tuple[str, ...]:
    """Return the printable texts of a scalar, or of a list of scalars."""
    if value is None:
        return ()
    values = value if isinstance(value, list | tuple) else (value,)
    return tuple(_text(member) for member in values[:_MAXIMUM_LISTED])


def _count(value: Any) -> int:
    """Return a count, or 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 <= value <= _MAXIMUM_COUNT else 0


def _flag(value: Any) -> bool:
    return value is True


def _counts(value: Any) -> tuple[int, ...]:
    return tuple(map(_count, value[:_MAXIMUM_LISTED])) if isinstance(value, list) else ()


_Text = Annotated[str, BeforeValidator(_text)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
_Count = Annotated[int, BeforeValidator(_count)]
_Flag = Annotated[bool, BeforeValidator(_flag)]
_Counts = Annotated[tuple[int, ...], BeforeValidator(_counts)]


class _Object(BaseModel):
    """An object of the document; a key may be missing, or have a value of another type."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {}


class _Event(_Object):
    action: _Text = ""
    id: _Text = ""
    sequence: _Count = 0
    created: _Text = ""
    start: _Text = ""
    end: _Text = ""
    severity: _Count = 0
    risk_score: _Count = 0


class _Source(_Object):
    address: _Text = ""


class _Observer(_Object):
    hostname: _Text = ""


class _Scan(_Object):
    id: _Text = ""


class _Addresses(_Object):
    ip: _Texts = ()
    mac: _Texts = ()
    port: _Texts = ()


class _Names(_Object):
    id: _Texts = ()
    name: _Texts = ()


class _Rules(_Object):
    id: _Texts = ()
    name: _Texts = ()
    reference: _Texts = ()
    count: _Counts = ()


class _Evidence(_Object):
    rule: _Texts = ()
    field: _Texts = ()
    value: _Texts = ()


class _Outer(_Object):
    source: _Texts = ()
    destination: _Texts = ()


class _Own(_Object):
    """The fields that ECS does not define."""

    scan: _Scan = _Scan()
    tool: _Text = ""
    confidence: _Text = ""
    caveats: _Texts = ()
    expected: _Text = ""
    near_authorisation: _Text = ""
    not_covered_because: _Text = ""
    closed_by: _Text = ""
    detail: _Text = ""
    sources: _Count = 0
    source: _Addresses = _Addresses()
    on_link: _Flag = False
    decoy: _Addresses = _Addresses()
    targets: _Count = 0
    target: _Addresses = _Addresses()
    transport: _Texts = ()
    options: _Texts = ()
    options_possible: _Texts = ()
    command: _Text = ""
    rule: _Rules = _Rules()
    evidence: _Evidence = _Evidence()
    outer: _Outer = _Outer()
    interface: _Names = _Names()
    vlan: _Names = _Names()
    capture: _Text = ""


class _Document(_Object):
    """A message as formats.ecs writes it: a value that it has not is an empty list there."""

    event: _Event
    message: _Text = ""
    source: _Source = _Source()
    observer: _Observer = _Observer()
    own: _Own = Field(alias="nmapwatchd")


def _read_document(document: Mapping[str, Any]) -> MessageRecord:
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        key = error.errors()[0]["loc"][0]
        raise NotAMessageError(f'is no message of nmapwatchd: it has no "{key}"') from error
    own, event = found.own, found.event
    return MessageRecord(
        action=_action(event.action),
        event_id=event.id,
        scan_id=own.scan.id,
        sequence=event.sequence,
        summary=found.message,
        severity=event.severity,
        risk_score=event.risk_score,
        at=event.created,
        start=event.start,
        end=event.end,
        hostname=found.observer.hostname,
        interfaces=own.interface.name,
        capture=own.capture,
        vlans=own.vlan.id,
        source=found.source.address,
        macs=own.source.mac,
        on_link=own.on_link,
        source_ports=own.source.port,
        decoys=own.decoy.ip,
        outer=_tunnels(own.outer),
        targets=own.target.ip,
        target_count=own.targets,
        ports=own.target.port,
        transports=own.transport,
        tool=own.tool,
        options=own.options,
        options_possible=own.options_possible,
        command=own.command,
        confidence=own.confidence,
        caveats=own.caveats,
        rules=tuple(
            SightedRule(id_, title, reference, count)
            for id_, title, reference, count in zip(
                own.rule.id,
                chain(own.rule.name, repeat("")),
                chain(own.rule.reference, repeat("")),
                chain(own.rule.count, repeat(0)),
                strict=False,
            )
        ),
        evidence=tuple(
            EvidenceItem(rule, name, value)
            for rule, name, value in zip_longest(
                own.evidence.rule, own.evidence.field, own.evidence.value, fillvalue=""
            )
        ),
        expected=own.expected,
        near_authorisation=own.near_authorisation,
        not_covered_because=own.not_covered_because,
        closed_by=own.closed_by,
        detail=own.detail,
        sources=own.sources,
        listed_sources=own.source.ip,
    )


def _tunnels(outer: _Outer) -> tuple[str, ...]:
    """Return `source>destination` of each tunnel."""
    ends = zip_longest(outer.source, outer.destination, fillvalue="")
    return tuple(f"{source}>{destination}" for source, destination in ends)
