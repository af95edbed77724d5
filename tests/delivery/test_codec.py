"""What is encoded is decoded as it was, and nothing else is accepted."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.alert import Alert, EvidenceItem, Message, SensorEvent
from nmapwatchd.core.rule import Confidence, RuleInfo
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.codec import (
    VERSION,
    CodecError,
    decode,
    decode_window,
    encode,
    encode_window,
)
from tests.formats.messages import AT, BLIND, CLOSED, messages, texts

_COUNT = st.integers(0, 2**70)
_TEXTS = st.lists(texts, max_size=3).map(tuple)
_DISTINCT = st.lists(texts, max_size=3).map(dict.fromkeys)
_RULES = st.lists(
    st.builds(RuleInfo, texts, texts, texts, st.sampled_from(Confidence), _TEXTS, texts, _TEXTS),
    min_size=1, max_size=2, unique_by=lambda rule: rule.id,
)  # fmt: skip


@st.composite
def _windows(draw: st.DrawFn) -> WindowRecord:
    rules = {rule.id: rule for rule in draw(_RULES)}
    key = draw(st.lists(texts, min_size=1, max_size=3).map(tuple))
    by = draw(st.tuples(*[texts] * (len(key) - 1)))
    with_evidence = draw(st.lists(st.sampled_from(list(rules)), unique=True))
    return WindowRecord(
        by=by, key=key, expected=key[-1], source=draw(texts),
        first=draw(_COUNT), last=draw(_COUNT), score=draw(_COUNT), sightings=draw(_COUNT),
        last_alert_at=draw(_COUNT), reported=draw(st.tuples(_COUNT, _COUNT, _COUNT)),
        reported_sightings=draw(_COUNT), alert_count=draw(st.integers(1, 2**70)),
        closed=draw(st.booleans()), source_confirmed=draw(st.booleans()),
        source_conflict=draw(st.booleans()), proxied=draw(st.booleans()),
        rules=rules, counts={name: draw(_COUNT) for name in rules},
        evidence={
            name: EvidenceItem(name, draw(texts), draw(texts)) for name in with_evidence
        },
        decoys=draw(_DISTINCT), targets=draw(_DISTINCT),
        ports=draw(st.lists(st.integers(0, 65535), max_size=3).map(dict.fromkeys)),
        transports=draw(_DISTINCT),
        source_ports=draw(st.lists(st.integers(0, 65535), max_size=3).map(dict.fromkeys)),
        macs=draw(_DISTINCT), vlans=draw(_DISTINCT), interfaces=draw(_DISTINCT),
    )  # fmt: skip


windows = _windows()

_RULE = RuleInfo(
    "tls.probe", "A probe", "nmap-service-probes", Confidence.WEAK, ("-sV",), "nmap", ()
)
WINDOW = WindowRecord(
    by=("source",),
    key=("10.0.0.5", ""),
    expected="",
    source="10.0.0.5",
    first=AT,
    last=AT,
    alert_count=1,
    rules={_RULE.id: _RULE},
    counts={_RULE.id: 7},
    evidence={_RULE.id: EvidenceItem(_RULE.id, "payload", "\x16\x03")},
    targets={"10.0.0.8": None, "10.0.0.9": None},
    ports={443: None, 80: None},
)
WRONG: tuple[Any, ...] = (None, 1.5, [None], {"a": {}})
RECORDS: tuple[tuple[str, Any, Callable[[bytes], object]], ...] = (
    ("alert", CLOSED, decode),
    ("event", BLIND, decode),
    ("window", WINDOW, decode_window),
)


def written(record: object) -> Any:
    """Return the JSON document that is written for a record."""
    return json.loads(
        encode_window(record) if isinstance(record, WindowRecord) else encode(record)  # type: ignore[arg-type]
    )


@given(messages)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


@given(windows)
def test_every_window_comes_back_as_it_was(record: WindowRecord) -> None:
    assert decode_window(encode_window(record)) == record


def test_distinct_values_keep_their_order() -> None:
    found = decode_window(encode_window(WINDOW))

    assert (list(found.targets), list(found.ports)) == (["10.0.0.8", "10.0.0.9"], [443, 80])


@pytest.mark.parametrize(
    "codes",
    [
        [0xD800],
        [0xDCFF],
        [0xDFFF, 0],
        [0xD83D, 0xDE00],
        [0x1F600],
        [0xE000],
        [0xE000, 0x100],
        [0xFFFD],
    ],
)
def test_what_utf8_cannot_encode_comes_back_as_it_was(codes: list[int]) -> None:
    text = "".join(map(chr, codes))
    alert = replace(CLOSED, source=text, evidence=(EvidenceItem(text, text, text),))
    event = replace(BLIND, detail=text, counts={text: 1})
    window = replace(WINDOW, key=(text, text), expected=text, targets={text: None})

    assert (decode(encode(alert)), decode(encode(event))) == (alert, event)
    assert decode_window(encode_window(window)) == window
    for data in (encode(alert), encode(event), encode_window(window)):
        assert data.decode("utf-8")


def test_an_escape_character_that_escapes_nothing_is_refused() -> None:
    data = encode(replace(CLOSED, source="10.0.0.5")).replace(b'"10.0.0.5"', '"\ue000x"'.encode())

    with pytest.raises(CodecError, match="invalid escape sequence"):
        decode(data)


@pytest.mark.parametrize(("kind", "record", "read"), RECORDS)
def test_a_field_that_is_missing_or_of_another_type_is_named(
    kind: str, record: Any, read: Callable[[bytes], object]
) -> None:
    for field in fields(record):
        for wrong in WRONG:
            document = written(record)
            document[kind][field.name] = wrong

            with pytest.raises(CodecError, match=rf"{kind}\.{field.name}"):
                read(json.dumps(document).encode())


@pytest.mark.parametrize(("kind", "record", "read"), RECORDS)
def test_a_field_without_a_default_that_is_missing_is_named(
    kind: str, record: Any, read: Callable[[bytes], object]
) -> None:
    for name in ("action", "by", "at", "first", "source", "detail", "key"):
        document = written(record)
        if name in document[kind]:
            del document[kind][name]

            with pytest.raises(CodecError, match=rf"{kind}\.{name}: Field required"):
                read(json.dumps(document).encode())


@pytest.mark.parametrize(("kind", "record", "read"), RECORDS)
def test_an_unknown_field_is_named(kind: str, record: Any, read: Callable[[bytes], object]) -> None:
    document = written(record)
    document[kind]["colour"] = "red"

    with pytest.raises(CodecError, match=rf"{kind}\.colour"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("kind", "field", "wrong"),
    [
        ("alert", "sightings", True),
        ("alert", "sightings", "1"),
        ("alert", "source", 1),
        ("alert", "ports", ["80"]),
        ("alert", "action", "scan-imagined"),
        ("alert", "confidence", "sure"),
        ("event", "counts", {"frames": True}),
        ("window", "closed", 1),
        ("window", "reported", [1, 2]),
        ("window", "ports", {"http": None}),
    ],
)
def test_nothing_is_converted(kind: str, field: str, wrong: object) -> None:
    record, read = {name: (record, read) for name, record, read in RECORDS}[kind]
    document = written(record)
    document[kind][field] = wrong

    with pytest.raises(CodecError, match=rf"{kind}\.{field}"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"rules": {}}, "rules: empty"),
        ({"rules": {"other": _RULE}, "counts": {"other": 7}}, "rules: an id differs"),
        ({"counts": {}}, "counts: not of the same rules"),
        ({"counts": {_RULE.id: 7, "other": 1}}, "counts: not of the same rules"),
        ({"evidence": {"other": EvidenceItem("other", "a", "b")}}, "evidence: of an unknown rule"),
        ({"evidence": {_RULE.id: EvidenceItem("other", "a", "b")}}, "evidence: an id differs"),
        ({"key": ("10.0.0.5",)}, "key: does not follow"),
        ({"key": ("10.0.0.5", "audit")}, "key: does not follow"),
        ({"alert_count": 0}, "alert_count: not reported"),
    ],
)
def test_a_window_that_contradicts_itself_is_refused(changes: dict[str, Any], what: str) -> None:
    data = encode_window(replace(WINDOW, **changes))

    with pytest.raises(CodecError, match=rf"window\.{what}"):
        decode_window(data)


def test_a_window_is_not_a_message_and_a_message_is_not_a_window() -> None:
    with pytest.raises(CodecError, match="neither an alert, nor a flood, nor an event"):
        decode(encode_window(WINDOW))
    with pytest.raises(CodecError, match="not a window"):
        decode_window(encode(CLOSED))


def test_two_records_in_one_are_refused() -> None:
    both = {**written(CLOSED), **written(WINDOW), **written(BLIND)}

    for read in (decode, decode_window):
        with pytest.raises(CodecError):
            read(json.dumps(both).encode())


@pytest.mark.parametrize("version", [VERSION + 1, VERSION - 1])
def test_another_version_is_refused_by_number(version: int) -> None:
    document = {**written(CLOSED), "version": version, "new": 1}

    with pytest.raises(CodecError, match=rf"of version {version}, and only {VERSION} "):
        decode(json.dumps(document).encode())


def test_a_record_without_a_version_is_refused() -> None:
    document = written(CLOSED)
    del document["version"]

    with pytest.raises(CodecError, match="version: Field required"):
        decode(json.dumps(document).encode())


def test_every_field_is_written() -> None:
    for kind, record, _ in RECORDS:
        assert set(written(record)[kind]) == {field.name for field in fields(record)}
    assert {Alert, SensorEvent, WindowRecord} == {type(record) for _, record, _ in RECORDS}


@pytest.mark.parametrize("data", [b"[" * 500_000, b"", b"{", b"[]", b'"\xed\xa0\x80"', b"\xff"])
def test_what_is_not_a_record_is_refused(data: bytes) -> None:
    for read in (decode, decode_window):
        with pytest.raises(CodecError):
            read(data)


def test_a_refusal_fits_one_line() -> None:
    document = written(CLOSED)
    document["alert"]["a\n\x1b[31m"] = 1

    with pytest.raises(CodecError) as refusal:
        decode(json.dumps(document).encode())
    assert str(refusal.value).isprintable()
