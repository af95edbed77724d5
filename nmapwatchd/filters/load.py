"""Asks at once what many ways ask of a place: the length first, one load, and where to go then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import Comparison, Operand
from nmapwatchd.filters.headers import PAYLOAD, SIZE
from nmapwatchd.filters.range_search import Range, search

_LOADS = {4: Code.LD_IND_W, 2: Code.LD_IND_H, 1: Code.LD_IND_B}


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out of a packet before anything is asked of it."""

    there: Mapping[int, int]  # how many bytes behind an origin
    words: Mapping[Operand, int] = field(
        default_factory=dict
    )  # what scratch memory holds, and where

    def holds(self, where: Operand) -> Operand | None:
        """Return the word in scratch memory that a place is part of."""
        for word in self.words:
            if word.origin == where.origin and word.offset <= where.offset <= where.end <= word.end:
                return word
        return None


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """What is asked: how a place begins, what some of its bits are, or whether it is bounded."""

    where: Operand  # of no size where it is how a place begins: some ask for more than others
    code: Code
    bound: int = 0


def question(ask: Comparison) -> Question:
    """Return what an ask is part of."""
    where = ask.where
    if ask.code is not Code.JEQ:
        return Question(where, ask.code, ask.value)
    return Question(replace(where, size=0, mask=0) if _begins(where) else where, ask.code)


def values(ask: Comparison, size: int) -> Range:
    """Return the values of a place of this size that an ask is content with."""
    where = ask.where
    free = ~where.mask & _every_bit(where.size) if where.mask and _begins(where) else 0
    spare = 8 * (size - where.size)
    return ask.value << spare, ((ask.value | free) + 1 << spare) - 1


def see_to_length(out: Assembler, where: Operand, too_short: Label, known: Known) -> Known:
    """Go on where a packet has a place, else to a label; return what is known then."""
    if known.there.get(where.origin, 0) >= where.end:
        return known
    if where.origin == PAYLOAD:
        out.put(Code.LD_MEM, SIZE)
    else:
        out.put(Code.LDX_MEM, where.origin)
        out.put(Code.LD_LEN)
        out.put(Code.SUB_X)
    out.jump(Code.JGE, where.end, otherwise=too_short)
    return replace(known, there={**known.there, where.origin: where.end})


def answer(
    out: Assembler,
    asked: Question,
    targets: Mapping[Range, Label],
    rest: Label,
    known: Known,
) -> None:
    """
    Load a place, and go where its value leads.

    Args:
        out: where to write.
        asked: what to load, and what of it counts.
        targets: where to go; for a bound one label, of any values.
        rest: where to go else.
        known: what need not be loaded.
    """
    where, bits, shift = asked.where, asked.where.mask, 0
    if word := known.holds(where):
        out.put(Code.LD_MEM, known.words[word])
        shift = 8 * (word.end - where.end)
        if where.offset > word.offset and not bits:
            bits = _every_bit(where.size)
    else:
        out.put(Code.LDX_MEM, where.origin)
        out.put(_LOADS[where.size], where.offset)
    if bits and asked.code is Code.JEQ and targets.keys() == {(0, 0)}:
        out.jump(Code.JSET, bits << shift, then=rest, otherwise=targets[0, 0])
        return
    if shift:
        out.put(Code.RSH_K, shift)
    if bits:
        out.put(Code.AND_K, bits)
    if asked.code is Code.JEQ:
        search(out, targets, rest, 1 << 8 * where.size)
        return
    (within,) = targets.values()
    if asked.code is Code.JGE:
        out.jump(Code.JGE, asked.bound, then=within, otherwise=rest)
    else:  # at most
        out.jump(Code.JGT, asked.bound, then=rest, otherwise=within)


def _begins(where: Operand) -> bool:
    """Tell whether the bits that count are a place's first ones."""
    free = ~where.mask & _every_bit(where.size) if where.mask else 0
    return free & (free + 1) == 0


def _every_bit(size: int) -> int:
    return (1 << 8 * size) - 1
