"""A tree accepts a payload if, and only if, some clause is true of it."""

import random
from itertools import product

import pytest

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import Clause, Comparison, Operand
from nmapwatchd.filters.decision_tree import Exits, emit_tree
from nmapwatchd.filters.headers import PAYLOAD, SIZE
from nmapwatchd.filters.load import Known
from tests.filters.machine import Run, run


def program(clauses: list[Clause], known: Known) -> bytes:
    """Return a program that decides on a frame, which is its own payload."""
    out, exits = Assembler(), Exits(Label(), Label())
    out.emit(Code.LDX_IMM, 0)
    out.emit(Code.STX, PAYLOAD)
    out.emit(Code.LD_LEN)
    out.emit(Code.ST, SIZE)
    emit_tree(out, clauses, exits, known)
    for label, result in ((exits.fail, 0), (exits.accept, 1)):
        out.bind(label)
        out.emit(Code.RET_K, result)
    return out.assemble()


def decided(clauses: list[Clause], payload: bytes, known: Known | None = None) -> Run:
    return run(program(clauses, known or Known({})), payload)


def is_true(clause: Clause, payload: bytes) -> bool:
    return all(_holds(comparison, payload) for comparison in clause)


def _holds(comparison: Comparison, payload: bytes) -> bool:
    operand = comparison.operand
    there = payload[operand.offset : operand.end]
    value = int.from_bytes(there) & (operand.mask or (1 << 8 * operand.size) - 1)
    expected = comparison.value
    true = {Code.JEQ: value == expected, Code.JGE: value >= expected, Code.JGT: value <= expected}
    return len(there) == operand.size and true[comparison.code]


def equal(offset: int, value: bytes, mask: int = 0) -> Comparison:
    return Comparison(Operand(PAYLOAD, offset, len(value), mask), Code.JEQ, int.from_bytes(value))


def test_no_clause_rejects_and_an_empty_one_accepts_everything() -> None:
    assert not decided([], b"abc").accepted
    assert decided([frozenset()], b"").accepted
    assert decided([frozenset({equal(0, b"x")}), frozenset()], b"abc").accepted


@pytest.mark.parametrize("length", range(6))
def test_a_payload_too_short_for_one_clause_is_tried_on_shorter_ones(length: int) -> None:
    clauses = [frozenset({equal(0, b"abcd")}), frozenset({equal(0, b"a"), equal(2, b"c")})]
    payload = b"abcde"[:length]

    assert decided(clauses, payload).accepted is (length >= 3)


def test_a_value_that_fails_later_is_tried_on_its_prefix_and_on_the_others() -> None:
    clauses = [
        frozenset({equal(0, b"abcd"), equal(4, b"1")}),
        frozenset({equal(0, b"ab"), equal(4, b"2")}),
        frozenset({equal(0, b"a"), equal(4, b"3")}),
        frozenset({equal(4, b"4")}),
    ]

    results = {
        end: decided(clauses, b"abcd" + end).accepted for end in (b"1", b"2", b"3", b"4", b"5")
    }
    assert results == {b"1": True, b"2": True, b"3": True, b"4": True, b"5": False}
    assert decided(clauses, b"abXX2").accepted
    assert not decided(clauses, b"abXX1").accepted
    assert decided(clauses, b"aXXX3").accepted
    assert not decided(clauses, b"XXXX3").accepted
    assert decided(clauses, b"XXXX4").accepted


def test_a_sufficient_prefix_needs_no_further_load() -> None:
    clauses = [frozenset({equal(0, b"ab")}), frozenset({equal(0, b"abcd"), equal(8, b"x")})]

    assert decided(clauses, b"abcd").accepted
    assert decided(clauses, b"abcd12345").loads == 1


def test_a_known_length_is_not_checked_again() -> None:
    clauses = [frozenset({equal(0, b"abcd"), equal(4, b"efgh")})]
    unknown = decided(clauses, b"abcdefgh")
    known = decided(clauses, b"abcdefgh", Known({PAYLOAD: 8}))

    assert unknown.accepted
    assert known.accepted
    assert known.instructions < unknown.instructions


def test_the_load_that_most_clauses_need_is_first() -> None:
    clauses = [frozenset({equal(8, bytes([n])), equal(0, b"x")}) for n in range(10)]
    clauses = [clause | {equal(4, b"abcd")} for clause in clauses]

    assert decided(clauses, b"x" + bytes(40)).loads <= 2


@pytest.mark.parametrize("seed", range(60))
def test_any_clauses_accept_what_satisfies_one_of_them(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def comparison() -> Comparison:
        size = chance.choice([1, 1, 2, 4])
        offset = chance.randrange(0, 8, size)
        operand = Operand(PAYLOAD, offset, size)
        value = int.from_bytes(bytes(chance.choices(b"\x00\x01\xff", k=size)))
        if chance.random() < 0.15:
            return Comparison(operand, chance.choice([Code.JGE, Code.JGT]), value)
        if chance.random() < 0.2:
            mask = chance.choice([0x01, 0xF0, 0x80, 0x7F])
            return Comparison(Operand(PAYLOAD, offset, 1, mask), Code.JEQ, value & mask)
        return Comparison(operand, Code.JEQ, value)

    clauses = [
        frozenset(comparison() for _ in range(chance.randrange(1, 4)))
        for _ in range(chance.randrange(1, 12))
    ]
    code = program(clauses, Known({}))
    payloads = [
        bytes(chance.choices(b"\x00\x01\xff", k=size)) for size in range(12) for _ in range(12)
    ]
    payloads += [bytes(letters) for letters in product(b"\x00\x01\xff", repeat=3)]

    for payload in payloads:
        expected = any(is_true(clause, payload) for clause in clauses)
        assert run(code, payload).accepted is expected, (clauses, payload)
