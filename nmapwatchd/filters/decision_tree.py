"""
Writes the decision whether a packet can be what some signature wants.

It is a tree: what most ways ask is asked first, with one load and one search for the value. Where a
value leads on and then fails, its beginning may lead on too, and then the ways that ask nothing of
that place. A load beyond a packet's end would reject the packet, so that the length is asked first;
a packet too short for a load has a tree of its own, of the ways that it can hold.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nmapwatchd.filters.bpf import Assembler, Label
from nmapwatchd.filters.clauses import Clause, reach
from nmapwatchd.filters.load import Known, Question, answer, question, see_to_length, values
from nmapwatchd.filters.range_search import Range, enclosing


@dataclass(frozen=True, slots=True)
class Exits:
    """Where a packet goes that can be wanted, and where one that cannot."""

    accept: Label
    fail: Label


def decide(out: Assembler, ways: Sequence[Clause], exits: Exits, known: Known) -> None:
    """
    Write what finds out whether one of some ways holds.

    Args:
        out: where to write.
        ways: what must hold, as alternatives; what led here is left out.
        exits: where to go.
        known: what led here.
    """
    if not ways or frozenset() in ways:
        out.go(exits.accept if ways else exits.fail)
        return
    asked, branches, others = _sort(ways, _next(ways, known))
    where = asked.where
    short = [way for way in ways if reach(way, where.origin) < where.end]
    rest = Label() if others else exits.fail
    too_short = Label() if short else exits.fail
    around = enclosing(branches)
    targets: dict[Range, Label] = {}
    for found, outer in around.items():
        # What begins like something that is wanted anyhow is wanted.
        certain = frozenset() in branches[found] or (outer and targets[outer] is exits.accept)
        targets[found] = exits.accept if certain else Label()

    longer = see_to_length(out, where, too_short, known)
    answer(out, asked, targets, rest, longer)
    # From the inner to the outer, as jumps go forward only.
    for found, outer in reversed(around.items()):
        if targets[found] is not exits.accept:
            out.bind(targets[found])
            fail = targets[outer] if outer else rest
            decide(out, branches[found], Exits(exits.accept, fail), longer)
    if others:
        out.bind(rest)
        decide(out, others, exits, longer)
    if short and longer is not known:
        out.bind(too_short)
        decide(out, short, exits, known)


def _next(ways: Sequence[Clause], known: Known) -> Question:
    """Choose what to ask: what most ways ask; of these what is at hand; then what is nearest."""
    asked = Counter(question(ask) for way in ways for ask in way)

    def merit(one: Question) -> tuple[int, bool, int, Question]:
        return (asked[one], known.holds(one.where) is not None, -one.where.offset, one)

    return max(asked, key=merit)


def _sort(
    ways: Sequence[Clause], asked: Question
) -> tuple[Question, Mapping[Range, Sequence[Clause]], Sequence[Clause]]:
    """Return a question with its size, what is left to ask by the answer, and who asks it not."""
    pairs = [(way, next((ask for ask in way if question(ask) == asked), None)) for way in ways]
    size = max(ask.where.size for _, ask in pairs if ask)
    branches: dict[Range, list[Clause]] = {}
    for way, ask in pairs:
        if ask:
            branches.setdefault(values(ask, size), []).append(way - {ask})
    others = [way for way, ask in pairs if not ask]
    return replace(asked, where=replace(asked.where, size=size)), branches, others
