"""What is written is read again, and nothing else is taken for it."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.alert import Alert, EvidenceItem, Message, SensorEvent
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.windows.snapshot import RuleInfo, WindowSnapshot
from nmapwatchd.delivery.codec import (
    VERSION,
    CodecError,
    decode,
    decode_window,
    encode,
    encode_window,
)
from tests.formats.messages import BLIND, CLOSED, messages, texts

_COUNT = st.integers(0, 2**70)
_TEXTS = st.lists(texts, max_size=3).map(tuple)
_MARKS = st.lists(
    st.builds(RuleInfo, texts, texts, texts, st.sampled_from(Confidence), _TEXTS),
    min_size=2, max_size=2,
)  # fmt: skip

windows = st.builds(
    WindowSnapshot,
    event_id=texts, by=_TEXTS, key=_TEXTS, expected=texts, source=texts,
    first=_COUNT, last=_COUNT, score=_COUNT, sightings=_COUNT, last_alert_at=_COUNT,
    reported=st.tuples(_COUNT, _COUNT, _COUNT), reported_sightings=_COUNT, alert_count=_COUNT,
    closed=st.booleans(), source_confirmed=st.booleans(), source_conflict=st.booleans(),
    proxied=st.booleans(), rules=_MARKS.map(tuple), counts=st.tuples(_COUNT, _COUNT),
    evidence=st.lists(st.builds(EvidenceItem, texts, texts, texts), max_size=2).map(tuple),
    decoys=_TEXTS, targets=_TEXTS, ports=st.lists(st.integers(0, 65535), max_size=3).map(tuple),
    macs=_TEXTS, vlans=_TEXTS, interfaces=_TEXTS,
)  # fmt: skip


@given(messages)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


@given(windows)
def test_every_window_comes_back_as_it_was(state: WindowSnapshot) -> None:
    assert decode_window(encode_window(state)) == state


@pytest.mark.parametrize("message", [CLOSED, BLIND])
def test_a_field_that_is_missing_or_of_another_kind_is_named(message: Message) -> None:
    for field in fields(message):
        document = json.loads(encode(message))
        for wrong in (None, True, {"a": None}):
            document[field.name] = wrong

            with pytest.raises(CodecError, match=field.name if wrong is None else "."):
                decode(json.dumps(document).encode())


def test_another_version_is_refused_by_number() -> None:
    document = {**json.loads(encode(CLOSED)), "version": VERSION + 1}

    with pytest.raises(CodecError, match=rf"of version {VERSION + 1}, and only {VERSION}"):
        decode(json.dumps(document).encode())


def test_every_field_of_an_alert_and_an_event_is_written() -> None:
    for message, kind in ((CLOSED, Alert), (BLIND, SensorEvent)):
        written = json.loads(encode(message))

        assert set(written) - {"version", "kind"} == {field.name for field in fields(kind)}


def test_deeply_nested_bytes_are_refused() -> None:
    with pytest.raises(CodecError):
        decode(b"[" * 500_000)
