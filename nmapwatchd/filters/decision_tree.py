"""
Emit the decision whether any of some clauses is true, as a tree of loads.

The load that most clauses need comes first, followed by one search for its value. If the clauses
of a value fail, those of a prefix of it are still possible, then those that do not use the load.
A load beyond a packet's end would reject the packet, so its length is checked first; a packet too
short for a load has a subtree of its own, of the clauses that fit into it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nmapwatchd.filters.bpf import Assembler, Label
from nmapwatchd.filters.clauses import Clause, required_bytes
from nmapwatchd.filters.load import Known, Load, check_length, load_and_branch, load_of, range_of
from nmapwatchd.filters.range_search import Range, enclosing


@dataclass(frozen=True, slots=True)
class Exits:
    """The two ends of a decision: some clause is true, or none is."""

    accept: Label
    fail: Label


def emit_tree(out: Assembler, clauses: Sequence[Clause], exits: Exits, known: Known) -> None:
    """
    Emit code that jumps to an exit.

    Args:
        out: the program.
        clauses: alternatives, without the comparisons already made.
        exits: where to jump.
        known: what is established about the packet.
    """
    if not clauses or frozenset() in clauses:
        out.goto(exits.accept if clauses else exits.fail)
        return
    load, branches, others = _partition(clauses, _best_load(clauses, known))
    operand = load.operand
    short = [c for c in clauses if required_bytes(c, operand.origin) < operand.end]
    rest = Label() if others else exits.fail
    too_short = Label() if short else exits.fail
    around = enclosing(branches)
    targets: dict[Range, Label] = {}
    for found, outer in around.items():
        # A value whose prefix is already sufficient is accepted, too.
        certain = frozenset() in branches[found] or (outer and targets[outer] is exits.accept)
        targets[found] = exits.accept if certain else Label()

    longer = check_length(out, operand, too_short, known)
    load_and_branch(out, load, targets, rest, longer)
    # From the inner to the outer, as jumps lead forward only.
    for found, outer in reversed(around.items()):
        if targets[found] is not exits.accept:
            out.bind(targets[found])
            fail = targets[outer] if outer else rest
            emit_tree(out, branches[found], Exits(exits.accept, fail), longer)
    if others:
        out.bind(rest)
        emit_tree(out, others, exits, longer)
    if short and longer is not known:
        out.bind(too_short)
        emit_tree(out, short, exits, known)


def _best_load(clauses: Sequence[Clause], known: Known) -> Load:
    """Choose the load most clauses need; then one in scratch memory; then the lowest offset."""
    uses = Counter(load_of(comparison) for clause in clauses for comparison in clause)

    def priority(load: Load) -> tuple[int, bool, int, Load]:
        cached = known.cached_word(load.operand) is not None
        return (uses[load], cached, -load.operand.offset, load)

    return max(uses, key=priority)


def _partition(
    clauses: Sequence[Clause], load: Load
) -> tuple[Load, Mapping[Range, Sequence[Clause]], Sequence[Clause]]:
    """Return a load with its size, the clauses by the values they require of it, and the others."""
    pairs = [(c, next((part for part in c if load_of(part) == load), None)) for c in clauses]
    size = max(comparison.operand.size for _, comparison in pairs if comparison)
    branches: dict[Range, list[Clause]] = {}
    for clause, comparison in pairs:
        if comparison:
            branches.setdefault(range_of(comparison, size), []).append(clause - {comparison})
    others = [clause for clause, comparison in pairs if not comparison]
    return replace(load, operand=replace(load.operand, size=size)), branches, others
