"""
Compile a catalogue's byte tests to clauses.

A packet passes the kernel's filter if every comparison of at least one clause is true.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.expression import Op
from nmapwatchd.core.matching.matcher import Base
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.filters.bpf import Code
from nmapwatchd.filters.byte_tests import Alternative, Bound, Bytes, ByteTest, Port, alternatives
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD

# Bytes that one BPF instruction loads at most.
WORD = 4
# Bytes of a literal that a distinctive clause compares: two words.
DISTINCTIVE = 8
# Zero bytes in a distinctive word: more are a small number, which many protocols have there.
MAXIMUM_ZEROS = 2

_ORIGINS = {
    Base.IPV4: NETWORK, Base.IPV6: NETWORK, Base.HEADER: HEADER, Base.PAYLOAD: PAYLOAD,
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Operand:
    """
    What one instruction loads.

    Args:
        origin: the slot of scratch memory that contains the start of a header or of the payload.
        offset: from the origin, in bytes.
        size: bytes, 1, 2 or 4.
        mask: the bits that are compared; 0 for all.
    """

    origin: int
    offset: int
    size: int
    mask: int = 0

    @property
    def end(self) -> int:
        """Bytes that a packet must have after the origin."""
        return self.offset + self.size

    @property
    def bits(self) -> int:
        """The bits that are compared."""
        return self.mask or all_bits(self.size)


# What a distinctive clause compares of the payload.
_SECOND_WORD = Operand(PAYLOAD, WORD, WORD)


def all_bits(size: int) -> int:
    """Return a mask of all bits of some bytes."""
    return (1 << 8 * size) - 1


@dataclass(frozen=True, slots=True, order=True)
class Comparison:
    """
    A comparison of an operand with a constant.

    Args:
        operand: what is loaded.
        code: JEQ for equality, JGE for at least, JGT for at most.
        value: the constant.
    """

    operand: Operand
    code: Code
    value: int


Clause = frozenset[Comparison]
Clauses = Mapping[Transport, Sequence[Clause]]
NO_CLAUSES: Clauses = dict.fromkeys(Transport, ())

# An offset in the network header is of one version of IP.
_VERSION = Operand(NETWORK, 0, 1, 0xF0)
IPV4 = Comparison(_VERSION, Code.JEQ, 0x40)
IPV6 = Comparison(_VERSION, Code.JEQ, 0x60)
_VERSIONS = {Base.IPV4: [IPV4], Base.IPV6: [IPV6]}


class UnfilterableError(ValueError):
    """
    Some signatures fix no byte, so their filter would accept every packet.

    Args:
        signatures: the signatures.
    """

    def __init__(self, signatures: Sequence[Signature]) -> None:
        super().__init__(f"no byte is fixed by {', '.join(one.id for one in signatures)}")
        self.signatures = signatures


def clauses_of(catalogue: Catalogue) -> Clauses:
    """
    Return a catalogue's clauses by transport.

    Raises:
        UnfilterableError: a signature fixes no byte, so its filter would accept every packet.
    """
    found: set[Alternative] = set()
    unfilterable: list[Signature] = []
    for rules in catalogue.matcher_rules:
        of_matcher = alternatives(rules)
        if not all(map(_fixes_byte, of_matcher)):
            unfilterable += _unfilterable(rules)
        found |= of_matcher
    if unfilterable:
        raise UnfilterableError(unfilterable)
    return {
        transport: _without_implied(
            {clause_of(tests) for over, tests in found if over is transport}
        )
        for transport in Transport
    }


def _fixes_byte(alternative: Alternative) -> bool:
    return any(isinstance(test, Bytes) for test in alternative[1])


def _unfilterable(rules: MatcherRules) -> list[Signature]:
    """Return the signatures of a matcher that fix no byte."""
    return [
        signature
        for signature in rules.signatures
        if not all(map(_fixes_byte, alternatives(MatcherRules(rules.matcher, (signature,), ()))))
    ]


def distinctive_clauses_of(catalogue: Catalogue) -> Clauses:
    """
    Return clauses of payloads that few pass but those of a tool, for packets that pass the others.

    They are those of literals of exclusive signatures, of eight bytes or more; of these the second
    four are compared, as the other clauses compare the first. A protocol's opening is not enough.
    """
    found: set[Alternative] = set()
    for rules in catalogue.matcher_rules:
        pairs = zip(rules.signatures, rules.checks, strict=True)
        exclusive = [pair for pair in pairs if pair[0].confidence is Confidence.EXCLUSIVE]
        if exclusive:
            signatures, checks = zip(*exclusive, strict=True)
            unopened = replace(rules.matcher, openings=())
            found |= alternatives(MatcherRules(unopened, signatures, checks), DISTINCTIVE)
    return {
        transport: sorted(
            {
                frozenset({comparison})
                for over, tests in found
                if over is transport
                for comparison in clause_of(tests)
                if _is_distinctive(comparison)
            },
            key=sorted,
        )
        for transport in Transport
    }


def _is_distinctive(comparison: Comparison) -> bool:
    is_small = comparison.value.to_bytes(WORD).count(0) > MAXIMUM_ZEROS
    return comparison.operand == _SECOND_WORD and not is_small


def clause_of(tests: frozenset[ByteTest]) -> Clause:
    """Return tests that must all pass as a clause."""
    clause = {comparison for test in tests for comparison in _comparisons(test)}
    return frozenset(one for one in clause if not any(_implies(other, one) for other in clause))


def assume(clauses: Iterable[Clause], fact: Comparison) -> list[Clause]:
    """Return the clauses that a true comparison leaves possible, without that comparison."""
    return [
        clause - {fact}
        for clause in clauses
        if not any(_contradicts(comparison, fact) for comparison in clause)
    ]


def required_bytes(clause: Clause, origin: int) -> int:
    """Return how many bytes after an origin a clause compares at most."""
    operands = (comparison.operand for comparison in clause)
    return max((operand.end for operand in operands if operand.origin == origin), default=0)


def _contradicts(comparison: Comparison, fact: Comparison) -> bool:
    a, b = comparison.operand, fact.operand
    if (a.origin, a.offset, a.size, comparison.code) != (b.origin, b.offset, b.size, fact.code):
        return False
    return bool((comparison.value ^ fact.value) & a.bits & b.bits)


def _without_implied(clauses: set[Clause]) -> list[Clause]:
    """Return the clauses of which no proper subset is a clause, too."""
    return [clause for clause in clauses if not any(other < clause for other in clauses)]


def _implies(wide: Comparison, narrow: Comparison) -> bool:
    """Return whether one comparison settles another: equality of a longer load, same offset."""
    a, b = wide.operand, narrow.operand
    same = (a.origin, a.offset, wide.code, narrow.code) == (b.origin, b.offset, Code.JEQ, Code.JEQ)
    return same and a.size > b.size and not a.mask and not b.mask


def _comparisons(test: ByteTest) -> list[Comparison]:
    """Return a test as comparisons of one load each."""
    match test:
        case Port(number):
            return [Comparison(Operand(HEADER, 2, 2), Code.JEQ, number)]
        case Bound(offset, size, base, op, number):
            operand = Operand(_ORIGINS[base], offset, size)
            code = Code.JGE if op is Op.AT_LEAST else Code.JGT
            return [*_VERSIONS.get(base, []), Comparison(operand, code, number)]
        case Bytes():
            return [*_VERSIONS.get(test.base, []), *_byte_comparisons(test)]


def _byte_comparisons(test: Bytes) -> list[Comparison]:
    """
    Split bytes into the loads of 4, 2 and 1 bytes that BPF has.

    None crosses the end of a word, counted from the origin, so that clauses share loads.
    """
    comparisons = []
    offset, value, mask = test.offset, test.value, test.mask or b"\xff" * len(test.value)
    while value:
        left = min(len(value), WORD - offset % WORD)
        step = next(size for size in (4, 2, 1) if size <= left)
        bits = int.from_bytes(mask[:step])
        operand = Operand(_ORIGINS[test.base], offset, step)
        if bits != operand.bits:
            operand = replace(operand, mask=bits)
        if bits:
            expected = int.from_bytes(value[:step]) & bits
            comparisons.append(Comparison(operand, Code.JEQ, expected))
        offset, value, mask = offset + step, value[step:], mask[step:]
    return comparisons
