"""Messages and windows as bytes, and back; written by one version, refused by name by another."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Message, Rule, SensorEvent
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.windows.snapshot import RuleInfo, WindowSnapshot

# Of the form below. Another one is refused: a field that means something else is worse than none.
VERSION = 3

_T = TypeVar("_T")


class CodecError(ValueError):
    """These bytes are no record of this version; the sentence says why."""


class _Reader:
    """Reads the fields of one record, each as what it must be."""

    def __init__(self, record: object) -> None:
        if not isinstance(record, dict):
            raise CodecError("it is no record")
        self._record: Mapping[str, Any] = record

    def _field(self, name: str, kind: type[_T]) -> _T:
        value = self._record.get(name)
        if type(value) is not kind:  # not isinstance: a bool is no number
            raise CodecError(f"{name} is no {kind.__name__}")
        return value

    def text(self, name: str) -> str:
        return self._field(name, str)

    def number(self, name: str) -> int:
        return self._field(name, int)

    def flag(self, name: str) -> bool:
        return self._field(name, bool)

    def _list(self, name: str, kind: type[_T]) -> tuple[_T, ...]:
        values = self._field(name, list)
        if not all(type(value) is kind for value in values):
            raise CodecError(f"{name} is no list of {kind.__name__}")
        return tuple(values)

    def texts(self, name: str) -> tuple[str, ...]:
        return self._list(name, str)

    def numbers(self, name: str) -> tuple[int, ...]:
        return self._list(name, int)

    def counts(self, name: str) -> dict[str, int]:
        found = self._field(name, dict)
        return {key: _Reader(found).number(key) for key in found}

    def records(self, name: str, build: Callable[["_Reader"], _T]) -> tuple[_T, ...]:
        return tuple(build(_Reader(record)) for record in self._field(name, list))


def encode(message: Message) -> bytes:
    """Return a message as bytes."""
    return _write("alert" if isinstance(message, Alert) else "event", message)


def decode(data: bytes) -> Message:
    """
    Return the message that was written.

    Raises:
        CodecError: it is none, or of another version.
    """
    kind, reader = _read(data)
    if kind not in {"alert", "event"}:
        raise CodecError(f"{kind!r} is no kind of message")
    return _build(_alert, reader) if kind == "alert" else _build(_event, reader)


def encode_window(state: WindowSnapshot) -> bytes:
    """Return a window as bytes."""
    return _write("window", state)


def decode_window(data: bytes) -> WindowSnapshot:
    """
    Return the window that was written.

    Raises:
        CodecError: it is none, or of another version.
    """
    kind, reader = _read(data)
    if kind != "window":
        raise CodecError(f"{kind!r} is no window")
    return _build(_window, reader)


def _write(kind: str, record: Message | WindowSnapshot) -> bytes:
    document = {"version": VERSION, "kind": kind, **asdict(record)}
    # What came from the wire may hold lone surrogates; escaped, two of them would become one.
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _read(data: bytes) -> tuple[str, _Reader]:
    try:
        reader = _Reader(json.loads(data.decode("utf-8", "surrogatepass")))
    except (ValueError, RecursionError) as error:
        raise CodecError(f"it is not JSON: {type(error).__name__}") from error
    version = reader.number("version")
    if version != VERSION:
        raise CodecError(f"it is of version {version}, and only {VERSION} is known")
    return reader.text("kind"), reader


def _build(build: Callable[[_Reader], _T], reader: _Reader) -> _T:
    try:
        return build(reader)
    except CodecError:
        raise
    except ValueError as error:  # an action or a confidence that is unknown
        raise CodecError(str(error)) from error


def _alert(r: _Reader) -> Alert:
    return Alert(
        action=Action(r.text("action")),
        event_id=r.text("event_id"),
        at=r.number("at"),
        start=r.number("start"),
        end=r.number("end"),
        source=r.text("source"),
        macs=r.texts("macs"),
        vlans=r.texts("vlans"),
        interfaces=r.texts("interfaces"),
        targets=r.texts("targets"),
        targets_omitted=r.number("targets_omitted"),
        ports=r.numbers("ports"),
        ports_omitted=r.number("ports_omitted"),
        rules=r.records("rules", _rule),
        evidence=r.records("evidence", _quote),
        options=r.texts("options"),
        confidence=Confidence(r.text("confidence")),
        sightings=r.number("sightings"),
        expected=r.text("expected"),
        closed_by=r.text("closed_by"),
        caveats=r.texts("caveats"),
        decoys=r.texts("decoys"),
        decoys_omitted=r.number("decoys_omitted"),
    )


def _event(r: _Reader) -> SensorEvent:
    return SensorEvent(
        action=Action(r.text("action")),
        at=r.number("at"),
        detail=r.text("detail"),
        interfaces=r.texts("interfaces"),
        counts=r.counts("counts"),
    )


def _rule(r: _Reader) -> Rule:
    confidence = Confidence(r.text("confidence"))
    return Rule(r.text("id"), r.text("title"), r.text("source"), confidence, r.number("count"))


def _quote(r: _Reader) -> EvidenceItem:
    return EvidenceItem(r.text("rule"), r.text("field"), r.text("value"))


def _rule_info(r: _Reader) -> RuleInfo:
    confidence = Confidence(r.text("confidence"))
    return RuleInfo(r.text("id"), r.text("title"), r.text("source"), confidence, r.texts("options"))


def _window(r: _Reader) -> WindowSnapshot:
    reported, rules, counts = (
        r.numbers("reported"),
        r.records("rules", _rule_info),
        r.numbers("counts"),
    )
    if len(reported) != 3 or len(rules) != len(counts) or not rules:
        raise CodecError("it contradicts itself")
    return WindowSnapshot(
        event_id=r.text("event_id"),
        by=r.texts("by"),
        key=r.texts("key"),
        expected=r.text("expected"),
        source=r.text("source"),
        first=r.number("first"),
        last=r.number("last"),
        score=r.number("score"),
        sightings=r.number("sightings"),
        last_alert_at=r.number("last_alert_at"),
        reported=(reported[0], reported[1], reported[2]),
        reported_sightings=r.number("reported_sightings"),
        alert_count=r.number("alert_count"),
        closed=r.flag("closed"),
        source_confirmed=r.flag("source_confirmed"),
        source_conflict=r.flag("source_conflict"),
        proxied=r.flag("proxied"),
        rules=rules,
        counts=counts,
        evidence=r.records("evidence", _quote),
        decoys=r.texts("decoys"),
        targets=r.texts("targets"),
        ports=r.numbers("ports"),
        macs=r.texts("macs"),
        vlans=r.texts("vlans"),
        interfaces=r.texts("interfaces"),
    )
