from dataclasses import replace

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, Op, Term
from nmapwatchd.core.matching.matcher import Base, opening
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.filters.bpf import Code
from nmapwatchd.filters.byte_tests import Bound, Bytes, Port
from nmapwatchd.filters.clauses import (
    IPV4,
    IPV6,
    Clause,
    Comparison,
    Operand,
    UnfilterableError,
    assume,
    clause_of,
    clauses_of,
    distinctive_clauses_of,
    required_bytes,
)
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, signature


def equal(offset: int, size: int, value: int, mask: int = 0, origin: int = PAYLOAD) -> Comparison:
    return Comparison(Operand(origin, offset, size, mask), Code.JEQ, value)


def clause(*tests: Bytes | Port | Bound) -> Clause:
    return clause_of(frozenset(tests))


@pytest.mark.parametrize(
    ("offset", "value", "loads"),
    [
        (0, b"a", [(0, 1)]),
        (0, b"ab", [(0, 2)]),
        (0, b"abc", [(0, 2), (2, 1)]),
        (0, b"abcd", [(0, 4)]),
        (0, b"abcde", [(0, 4), (4, 1)]),
        (1, b"ab", [(1, 2)]),
        (1, b"abc", [(1, 2), (3, 1)]),
        (1, b"abcd", [(1, 2), (3, 1), (4, 1)]),
        (2, b"abcd", [(2, 2), (4, 2)]),
        (3, b"abcd", [(3, 1), (4, 2), (6, 1)]),
        (4, b"abcd", [(4, 4)]),
        (6, b"abcdefgh", [(6, 2), (8, 4), (12, 2)]),
    ],
)
def test_bytes_are_loaded_by_words_that_clauses_share(
    offset: int, value: bytes, loads: list[tuple[int, int]]
) -> None:
    assert clause(Bytes(offset, value)) == {
        equal(at, size, int.from_bytes(value[at - offset : at - offset + size]))
        for at, size in loads
    }


def test_bytes_under_a_mask_compare_its_bits() -> None:
    assert clause(Bytes(12, b"\x60\x02", Base.HEADER, b"\xf0\x0f")) == {
        equal(12, 2, 0x6002, 0xF00F, HEADER)
    }


def test_bytes_that_a_mask_leaves_out_are_not_loaded() -> None:
    assert clause(Bytes(0, b"abcdZ", mask=b"\0\0\0\0\xff")) == {equal(4, 1, ord("Z"))}


def test_a_mask_of_every_bit_is_none() -> None:
    assert clause(Bytes(0, b"ab", mask=b"\xff\xff")) == {equal(0, 2, 0x6162)}


def test_bits_outside_the_mask_are_not_compared() -> None:
    assert clause(Bytes(0, b"\xff", mask=b"\x0f")) == {equal(0, 1, 0x0F, 0x0F)}


def test_a_port_is_compared_in_the_transports_header() -> None:
    assert clause(Port(21)) == {equal(2, 2, 21, origin=HEADER)}


def test_a_network_header_implies_its_version() -> None:
    assert clause(Bytes(8, b"\x40", Base.IPV4)) == {IPV4, equal(8, 1, 64, origin=NETWORK)}
    assert clause(Bytes(7, b"\x40", Base.IPV6)) == {IPV6, equal(7, 1, 64, origin=NETWORK)}


def test_a_bound_is_a_comparison_that_includes_its_limit() -> None:
    operand = Operand(NETWORK, 8, 1)

    assert clause(Bound(8, 1, Base.IPV4, Op.AT_LEAST, 33)) == {
        IPV4, Comparison(operand, Code.JGE, 33),
    }  # fmt: skip
    assert clause(Bound(8, 1, Base.IPV4, Op.AT_MOST, 59)) == {
        IPV4, Comparison(operand, Code.JGT, 59),
    }  # fmt: skip
    assert clause(Bound(8, 1, Base.HEADER, Op.AT_MOST, 59)) == {
        Comparison(Operand(HEADER, 8, 1), Code.JGT, 59)
    }


def test_a_longer_load_at_the_same_offset_settles_a_shorter_one() -> None:
    assert clause(Bytes(0, b"ab"), Bytes(0, b"abcd")) == {equal(0, 4, 0x61626364)}


def test_a_longer_load_settles_neither_another_offset_nor_a_bound_nor_bits() -> None:
    whole = equal(0, 2, 0x4142, origin=HEADER)

    assert clause(Bytes(0, b"AB", Base.HEADER), Bytes(1, b"B", Base.HEADER)) == {
        whole, equal(1, 1, 0x42, origin=HEADER),
    }  # fmt: skip
    bound = Bound(0, 1, Base.HEADER, Op.AT_LEAST, 3)
    assert clause(Bytes(0, b"AB", Base.HEADER), bound) == {
        whole, Comparison(Operand(HEADER, 0, 1), Code.JGE, 3),
    }  # fmt: skip
    masked = Bytes(0, b"\x40", Base.HEADER, b"\xf0")
    assert clause(Bytes(0, b"AB", Base.HEADER), masked) == {
        whole, equal(0, 1, 0x40, 0xF0, HEADER),
    }  # fmt: skip


def test_a_fact_removes_what_it_contradicts_and_itself() -> None:
    other = equal(0, 2, 1)
    over_ipv4, over_ipv6 = frozenset({IPV4, other}), frozenset({IPV6, other})

    assert assume([over_ipv4, over_ipv6, frozenset({other})], IPV4) == [
        {other}, {other},
    ]  # fmt: skip


def test_a_fact_contradicts_common_bits_of_the_same_operand_only() -> None:
    fact = equal(0, 1, 0x40, 0xF0)
    kept = [
        frozenset({equal(0, 1, 0x4F)}),
        frozenset({equal(0, 1, 0x0F, 0x0F)}),
        frozenset({equal(0, 2, 0x5000)}),
        frozenset({equal(1, 1, 0x50)}),
        frozenset({equal(0, 1, 0x50, origin=HEADER)}),
        frozenset({Comparison(Operand(PAYLOAD, 0, 1), Code.JGE, 0x50)}),
    ]

    assert assume(kept, fact) == kept
    assert assume([frozenset({equal(0, 1, 0x50)})], fact) == []
    assert assume([frozenset({equal(0, 1, 0x50, 0x10)})], fact) == []


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("bit", [0, 7])
def test_a_fact_of_every_bit_contradicts_in_any_of_them(size: int, bit: int) -> None:
    fact = equal(0, size, 0)
    other = equal(0, size, 1 << (8 * size - 8 + bit))

    assert assume([frozenset({other})], fact) == []


def test_a_clause_requires_bytes_up_to_its_last_load() -> None:
    one = clause(Bytes(4, b"abcd"), Bytes(0, b"a"), Port(7))

    assert (required_bytes(one, PAYLOAD), required_bytes(one, HEADER)) == (8, 4)
    assert required_bytes(one, NETWORK) == 0


def starts(name: str, *values: str) -> Signature:
    """Return a signature of the payload's start."""
    return replace(signature(name), match=Term("payload", Op.STARTS, values))


def test_a_clause_that_another_implies_is_left_out() -> None:
    narrow = AllOf((Term("payload", Op.STARTS, ("ab",)), Term("destination_port", Op.IS, ("7",))))
    rows = [starts("one", "ab", "cd"), replace(signature("two"), match=narrow)]
    compiled = clauses_of(Catalogue.of([ANYTHING], rows))

    assert set(compiled[Transport.TCP]) == {clause(Bytes(0, b"ab")), clause(Bytes(0, b"cd"))}


def test_the_same_clause_of_two_signatures_is_compiled_once() -> None:
    compiled = clauses_of(Catalogue.of([ANYTHING], [starts("one", "ab"), starts("two", "ab")]))

    assert compiled[Transport.UDP] == [clause(Bytes(0, b"ab"))]
    assert compiled[Transport.SCTP] == []


def test_every_transport_has_its_clauses() -> None:
    compiled = clauses_of(shipped_catalogue())

    assert set(compiled) == set(Transport)
    assert all(compiled.values())


def test_a_signature_that_fixes_no_byte_is_refused_with_its_id() -> None:
    fixed = replace(signature("b"), match=Term("payload", Op.STARTS, ("b",)))

    with pytest.raises(UnfilterableError, match=r"no byte is fixed by test\.a, test\.c$"):
        clauses_of(Catalogue.of([ANYTHING], [signature("a"), fixed, signature("c")]))


def distinctive(
    value: bytes, op: Op = Op.STARTS, confidence: Confidence = Confidence.EXCLUSIVE
) -> set[Clause]:
    """Return the distinctive clauses over TCP of a signature of a payload."""
    match = Term("payload", op, (value.decode("latin-1"),))
    row = replace(signature("loud", confidence), match=match)
    return set(distinctive_clauses_of(Catalogue.of([ANYTHING], [row]))[Transport.TCP])


SECOND_WORD = {frozenset({equal(4, 4, int.from_bytes(b"efgh"))})}


@pytest.mark.parametrize(
    ("value", "op", "expected"),
    [
        (b"abcdefgh", Op.STARTS, SECOND_WORD),
        (b"abcdefghij", Op.IS, SECOND_WORD),
        (b"abcdefg", Op.STARTS, set()),
        (b"abcdefgh", Op.CONTAINS, set()),
        (b"abcd\0\0\0\1", Op.STARTS, set()),
    ],
)
def test_the_second_word_of_a_literal_is_distinctive(
    value: bytes, op: Op, expected: set[Clause]
) -> None:
    assert distinctive(value, op) == expected


@pytest.mark.parametrize("confidence", [Confidence.STRONG, Confidence.WEAK])
def test_only_exclusive_signatures_have_distinctive_clauses(confidence: Confidence) -> None:
    assert distinctive(b"abcdefgh", confidence=confidence) == set()


def test_the_opening_of_a_protocol_is_not_distinctive() -> None:
    opened = replace(ANYTHING, openings=(opening(b"abcdefgh"),))
    row = replace(signature("loud"), match=Term("payload", Op.CONTAINS, ("loud",)))

    assert not any(distinctive_clauses_of(Catalogue.of([opened], [row])).values())


def test_two_small_numbers_are_distinctive() -> None:
    assert distinctive(b"abcd\0\1\0\1") == {frozenset({equal(4, 4, 0x00010001)})}
