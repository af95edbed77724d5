"""Invariant: a record of the spool's file is what was written, or is refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.alert import Message
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.codec import CodecError, decode, decode_window, encode, encode_window
from tests.delivery.test_codec import windows
from tests.formats.messages import BLIND, CLOSED, messages
from tests.fuzz.damage import damaged


@given(st.binary(max_size=200))
def test_bytes_that_are_not_a_record_are_refused(data: bytes) -> None:
    for read in (decode, decode_window):
        with pytest.raises(CodecError):
            read(data)


@given(message=messages, window=windows, place=st.integers(0), put=st.binary(max_size=3))
def test_damaged_records_are_read_or_refused(
    message: Message, window: WindowRecord, place: int, put: bytes
) -> None:
    for whole, read in ((encode(message), decode), (encode_window(window), decode_window)):
        at = place % len(whole)
        try:
            read(whole[:at] + put + whole[at + 1 :])
        except CodecError:
            continue


@given(damaged([encode(CLOSED), encode(BLIND)]))
def test_a_damaged_record_that_is_read_can_be_written_again(data: bytes) -> None:
    try:
        message = decode(data)
    except CodecError:
        return
    assert decode(encode(message)) == message
