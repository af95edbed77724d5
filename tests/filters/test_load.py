from collections.abc import Mapping

import pytest

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import Comparison, Operand
from nmapwatchd.filters.headers import HEADER, IP_WORD, PAYLOAD, SIZE
from nmapwatchd.filters.load import (
    Known,
    Load,
    check_length,
    load_and_branch,
    load_of,
    range_of,
)
from nmapwatchd.filters.range_search import Range
from tests.filters.machine import run

NOTHING = Known({})
REST, TOO_SHORT = 98, 99
# What a frame has before its payload.
BEFORE = b"\xee" * 5


def equal(offset: int, size: int, value: int = 0, mask: int = 0) -> Comparison:
    return Comparison(Operand(PAYLOAD, offset, size, mask), Code.JEQ, value)


def branched(
    payload: bytes, load: Load, ranges: Mapping[Range, int], known: Known = NOTHING, word: int = 0
) -> int:
    """
    Return what a payload's load leads to.

    Args:
        payload: the payload.
        load: what is loaded.
        ranges: results by value.
        known: what is known of it.
        word: what scratch memory has in `IP_WORD`.
    """
    out, rest = Assembler(), Label()
    labels = {found: Label() for found in ranges}
    out.emit(Code.LDX_IMM, len(BEFORE))
    out.emit(Code.STX, PAYLOAD)
    out.emit(Code.LDX_IMM, 99)
    out.emit(Code.LD_IMM, word)
    out.emit(Code.ST, IP_WORD)
    load_and_branch(out, load, labels, rest, known)
    for found, label in labels.items():
        out.bind(label)
        out.emit(Code.RET_K, ranges[found])
    out.bind(rest)
    out.emit(Code.RET_K, REST)
    return run(out.assemble(), BEFORE + payload).returned


def test_prefixes_of_one_offset_share_a_load_whatever_their_length() -> None:
    loads = {load_of(equal(4, size)) for size in (1, 2, 4)}
    loads.add(load_of(equal(4, 1, mask=0xF0)))
    loads.add(load_of(equal(4, 2, mask=0xFFF0)))

    assert loads == {Load(Operand(PAYLOAD, 4, 0), Code.JEQ)}


@pytest.mark.parametrize("mask", [0x0F, 0x20, 0xF1, 0x7F])
def test_bits_that_are_no_prefix_have_a_load_of_their_own(mask: int) -> None:
    assert load_of(equal(4, 1, mask=mask)) == Load(Operand(PAYLOAD, 4, 1, mask), Code.JEQ)


def test_a_bound_is_a_load_of_its_own() -> None:
    bound = Comparison(Operand(HEADER, 8, 1), Code.JGE, 33)

    assert load_of(bound) == Load(Operand(HEADER, 8, 1), Code.JGE, 33)
    assert load_of(bound) != load_of(Comparison(Operand(HEADER, 8, 1), Code.JGE, 34))


@pytest.mark.parametrize(
    ("comparison", "size", "values"),
    [
        (equal(0, 1, 0x41), 1, (0x41, 0x41)),
        (equal(0, 1, 0x41), 2, (0x4100, 0x41FF)),
        (equal(0, 1, 0x41), 4, (0x41000000, 0x41FFFFFF)),
        (equal(0, 2, 0x4142), 4, (0x41420000, 0x4142FFFF)),
        (equal(0, 4, 0xFFFFFFFF), 4, (0xFFFFFFFF, 0xFFFFFFFF)),
        (equal(0, 1, 0x40, 0xF0), 1, (0x40, 0x4F)),
        (equal(0, 1, 0x40, 0xF0), 2, (0x4000, 0x4FFF)),
        (equal(0, 1, 0x20, 0x20), 1, (0x20, 0x20)),  # no prefix: compared after its mask
        (equal(0, 1, 0x80, 0x80), 1, (0x80, 0xFF)),
    ],
)
def test_a_prefix_is_the_range_of_the_values_that_start_with_it(
    comparison: Comparison, size: int, values: Range
) -> None:
    assert range_of(comparison, size) == values


@pytest.mark.parametrize("length", range(8))
def test_the_length_of_a_payload_is_checked_before_a_load(length: int) -> None:
    out, too_short = Assembler(), Label()
    out.emit(Code.LD_IMM, length)
    out.emit(Code.ST, SIZE)
    check_length(out, Operand(PAYLOAD, 2, 4), too_short, NOTHING)
    out.emit(Code.RET_K, 1)
    out.bind(too_short)
    out.emit(Code.RET_K, TOO_SHORT)

    assert run(out.assemble(), bytes(100)).returned == (1 if length >= 6 else TOO_SHORT)


@pytest.mark.parametrize("length", range(10, 20))
def test_the_length_after_a_header_is_the_frames(length: int) -> None:
    out, too_short = Assembler(), Label()
    out.emit(Code.LDX_IMM, 10)
    out.emit(Code.STX, HEADER)
    out.emit(Code.LDX_IMM, 0)
    check_length(out, Operand(HEADER, 2, 4), too_short, NOTHING)
    out.emit(Code.RET_K, 1)
    out.bind(too_short)
    out.emit(Code.RET_K, TOO_SHORT)

    assert run(out.assemble(), bytes(length)).returned == (1 if length >= 16 else TOO_SHORT)


@pytest.mark.parametrize(("known", "code"), [(5, True), (6, False), (7, False)])
def test_a_known_length_is_not_checked(known: int, code: bool) -> None:
    out = Assembler()
    before = Known({PAYLOAD: known, HEADER: 8})
    after = check_length(out, Operand(PAYLOAD, 2, 4), Label(), before)

    assert (after is not before) is code
    assert (after.lengths[PAYLOAD], after.lengths[HEADER]) == (max(known, 6), 8)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_load_leads_by_its_value(size: int) -> None:
    frame = b"\0\0\0" + bytes(range(0x41, 0x49))
    value = int.from_bytes(frame[3 : 3 + size])
    load = Load(Operand(PAYLOAD, 3, size), Code.JEQ)

    assert branched(frame, load, {(value, value): 1}) == 1
    assert branched(frame, load, {(value + 1, value + 1): 1}) == REST
    assert branched(frame, load, {(0, value - 1): 1, (value, value): 2}) == 2


@pytest.mark.parametrize(
    ("byte", "result"), [(0x20, 1), (0x3F, 1), (0xFF, 1), (0x00, REST), (0xDF, REST)]
)
def test_bits_are_compared_under_their_mask(byte: int, result: int) -> None:
    load = Load(Operand(PAYLOAD, 0, 1, 0x20), Code.JEQ)

    assert branched(bytes([byte]), load, {(0x20, 0x20): 1}) == result


@pytest.mark.parametrize(("byte", "result"), [(0x20, REST), (0xFF, REST), (0x00, 1), (0xDF, 1)])
def test_bits_that_must_be_clear_are_one_comparison(byte: int, result: int) -> None:
    load = Load(Operand(PAYLOAD, 0, 1, 0x20), Code.JEQ)

    assert branched(bytes([byte]), load, {(0, 0): 1}) == result


@pytest.mark.parametrize(("byte", "least", "most"), [(32, REST, 1), (33, 1, 1), (34, 1, REST)])
def test_a_bound_includes_its_limit(byte: int, least: int, most: int) -> None:
    operand = Operand(PAYLOAD, 0, 1)
    ranges = {(0, 0): 1}  # of a bound, whatever its range

    assert branched(bytes([byte]), Load(operand, Code.JGE, 33), ranges) == least
    assert branched(bytes([byte]), Load(operand, Code.JGT, 33), ranges) == most


WORD = Operand(PAYLOAD, 4, 4)


@pytest.mark.parametrize(
    ("operand", "value"),
    [
        (Operand(PAYLOAD, 4, 4), 0x11223344),
        (Operand(PAYLOAD, 4, 2), 0x1122),
        (Operand(PAYLOAD, 6, 2), 0x3344),
        (Operand(PAYLOAD, 5, 2), 0x2233),
        (Operand(PAYLOAD, 4, 1), 0x11),
        (Operand(PAYLOAD, 7, 1), 0x44),
        (Operand(PAYLOAD, 5, 1, 0xF0), 0x20),
        (Operand(PAYLOAD, 5, 1, 0x02), 0x02),
    ],
)
def test_a_part_of_a_stored_word_is_not_loaded_again(operand: Operand, value: int) -> None:
    known = Known({}, {WORD: IP_WORD})
    load, ranges = Load(operand, Code.JEQ), {(value, value): 1, (0, 0): 2}

    assert known.cached_word(operand) == WORD
    assert branched(b"", load, ranges, known, word=0x11223344) == 1
    assert branched(b"", load, ranges, known, word=0xFF0000FF if operand.offset == 5 else 0) == 2


def test_clear_bits_of_a_stored_word_are_compared_in_place() -> None:
    known = Known({}, {WORD: IP_WORD})
    load = Load(Operand(PAYLOAD, 5, 1, 0x20), Code.JEQ)

    assert branched(b"", load, {(0, 0): 1}, known, word=0xFFDFFFFF) == 1
    assert branched(b"", load, {(0, 0): 1}, known, word=0x00200000) == REST


@pytest.mark.parametrize(
    "operand",
    [
        Operand(PAYLOAD, 3, 1),
        Operand(PAYLOAD, 3, 2),
        Operand(PAYLOAD, 7, 2),
        Operand(PAYLOAD, 8, 1),
        Operand(HEADER, 4, 4),
    ],
)
def test_bytes_outside_a_stored_word_are_not_part_of_it(operand: Operand) -> None:
    assert Known({}, {WORD: IP_WORD}).cached_word(operand) is None
