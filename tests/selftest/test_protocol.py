"""Client and server understand each other, and recognise what is not theirs."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.selftest.protocol import (
    MAXIMUM_MESSAGE,
    Instructions,
    ProtocolError,
    Refused,
    SelfTestResult,
    decode_instructions,
    decode_request,
    decode_results,
    decode_unsent,
    encode_instructions,
    encode_refusal,
    encode_request,
    encode_results,
    encode_unsent,
)

DECODERS = (decode_request, decode_instructions, decode_unsent, decode_results)


def test_every_message_is_decoded_as_it_was_encoded() -> None:
    instructions = Instructions("0f" * 16, ("eth0", "eth1"))
    results = [SelfTestResult("eth0", "", 0.05), SelfTestResult("tcp://siem:514", "refused")]

    assert decode_request(encode_request(15.5)) == 15.5
    assert decode_instructions(encode_instructions(instructions)) == instructions
    assert decode_unsent(encode_unsent({"eth0": "down"})) == {"eth0": "down"}
    assert decode_results(encode_results(results)) == results


def test_a_report_of_two_hundred_interfaces_fits() -> None:
    unsent = {f"enp{number:03}s0f0np00": "cannot send: Network is down" for number in range(200)}

    assert len(unsent) == 200
    assert len(encode_unsent(unsent)) < MAXIMUM_MESSAGE


def test_every_message_is_one_line() -> None:
    results = encode_results([SelfTestResult("eth\n0", "two\nlines")])

    assert results.count(b"\n") == 1
    assert results.endswith(b"\n")


@pytest.mark.parametrize("decode", [decode_instructions, decode_results])
def test_a_refusal_may_take_the_place_of_any_reply(decode: Callable[[bytes], object]) -> None:
    with pytest.raises(Refused, match="another self-test is running"):
        decode(encode_refusal("another self-test is running"))


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]",
        b"7",
        b"{}",
        b"\xff",
        b'{"seconds": "soon"}',
        b'{"token": "0", "interfaces": 7}',
        b'{"unsent": ["eth0"]}',
        b'{"results": [{"name": "eth0"}]}',
        b"[" * 100_000,
    ],
)
def test_anything_else_is_a_protocol_error(decode: Callable[[bytes], object], line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(line)


@given(st.binary(max_size=60), st.sampled_from(DECODERS))
def test_no_bytes_raise_another_error(line: bytes, decode: Callable[[bytes], object]) -> None:
    with suppress(ProtocolError, Refused):
        decode(line)
