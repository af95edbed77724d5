"""Emit one load that serves several clauses: length check, load, and jumps by value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import Comparison, Operand, all_bits
from nmapwatchd.filters.headers import PAYLOAD, SIZE
from nmapwatchd.filters.range_search import Range, emit_search

_LOADS = {4: Code.LD_IND_W, 2: Code.LD_IND_H, 1: Code.LD_IND_B}


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the program has established about a packet.

    Args:
        lengths: bytes that follow an origin at least.
        words: slots of scratch memory, by the operand stored in them.
    """

    lengths: Mapping[int, int]
    words: Mapping[Operand, int] = field(default_factory=dict)

    def cached_word(self, operand: Operand) -> Operand | None:
        """Return the stored word that contains an operand, or None."""
        for word in self.words:
            if (
                word.origin == operand.origin
                and word.offset <= operand.offset <= operand.end <= word.end
            ):
                return word
        return None


@dataclass(frozen=True, slots=True, order=True)
class Load:
    """
    A load and the kind of comparison that follows; comparisons with an equal one share it.

    Args:
        operand: what is loaded; of size 0 if prefixes of different lengths are compared.
        code: the comparison.
        limit: its constant, unless it is equality.
    """

    operand: Operand
    code: Code
    limit: int = 0


def load_of(comparison: Comparison) -> Load:
    """Return the load that serves a comparison."""
    operand = comparison.operand
    if comparison.code is not Code.JEQ:
        return Load(operand, comparison.code, comparison.value)
    is_prefix = _is_prefix(operand)
    return Load(replace(operand, size=0, mask=0) if is_prefix else operand, comparison.code)


def range_of(comparison: Comparison, size: int) -> Range:
    """
    Return the values for which a comparison is true.

    Args:
        comparison: an equality of a prefix, or any other.
        size: bytes of the load that serves it, no fewer than its own.
    """
    operand = comparison.operand
    free = operand.bits ^ all_bits(operand.size) if _is_prefix(operand) else 0
    extra = 8 * (size - operand.size)
    return comparison.value << extra, ((comparison.value | free) + 1 << extra) - 1


def check_length(out: Assembler, operand: Operand, too_short: Label, known: Known) -> Known:
    """
    Emit a jump for packets too short for an operand, unless the length is known.

    Returns:
        What is known of the packets that are long enough; `known` itself if no code was needed.
    """
    if known.lengths.get(operand.origin, 0) >= operand.end:
        return known
    if operand.origin == PAYLOAD:
        out.emit(Code.LD_MEM, SIZE)
    else:
        out.emit(Code.LDX_MEM, operand.origin)
        out.emit(Code.LD_LEN)
        out.emit(Code.SUB_X)
    out.jump(Code.JGE, operand.end, otherwise=too_short)
    return replace(known, lengths={**known.lengths, operand.origin: operand.end})


def load_and_branch(
    out: Assembler,
    load: Load,
    targets: Mapping[Range, Label],
    rest: Label,
    known: Known,
) -> None:
    """
    Emit a load and the jumps by its value.

    Args:
        out: the program.
        load: what to load and compare.
        targets: where to jump by value; one label, whatever its range, unless it is equality.
        rest: where to jump for any other value.
        known: which words need not be loaded from the packet.
    """
    operand, bits, shift = load.operand, load.operand.mask, 0
    if word := known.cached_word(operand):
        out.emit(Code.LD_MEM, known.words[word])
        shift = 8 * (word.end - operand.end)
        if operand.offset > word.offset and not bits:
            bits = all_bits(operand.size)
    else:
        out.emit(Code.LDX_MEM, operand.origin)
        out.emit(_LOADS[operand.size], operand.offset)
    if bits and load.code is Code.JEQ and targets.keys() == {(0, 0)}:
        out.jump(Code.JSET, bits << shift, then=rest, otherwise=targets[0, 0])
        return
    if shift:
        out.emit(Code.RSH_K, shift)
    if bits:
        out.emit(Code.AND_K, bits)
    if load.code is Code.JEQ:
        emit_search(out, targets, rest, 1 << 8 * operand.size)
        return
    (within,) = targets.values()
    if load.code is Code.JGE:
        out.jump(Code.JGE, load.limit, then=within, otherwise=rest)
    else:  # at most
        out.jump(Code.JGT, load.limit, then=rest, otherwise=within)


def _is_prefix(operand: Operand) -> bool:
    """Return whether the compared bits are the operand's highest ones."""
    free = operand.bits ^ all_bits(operand.size)
    return free & (free + 1) == 0
