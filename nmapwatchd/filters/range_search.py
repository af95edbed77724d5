"""
Writes the search for a value among ranges.

Ranges lie apart or within each other, as those do that the first bytes of a longer value make. The
search is a binary one, over the places where the answer changes. It is balanced by how much of all
values lies on either side, as what comes by the million begins with anything, and by how many
answers do.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from nmapwatchd.filters.bpf import Assembler, Code, Label

# First and last value.
Range = tuple[int, int]
# The first value of many that have the same answer, which go on to the next cell.
_Cell = tuple[int, Label]
# Cells, of which at most two are single values, that are compared one after the other.
_FEW = 5


def enclosing(ranges: Iterable[Range]) -> dict[Range, Range | None]:
    """Return the narrowest range around each; the outer ones first."""
    around: dict[Range, Range | None] = {}
    open_: list[Range] = []
    for low, high in sorted(ranges, key=lambda r: (r[0], -r[1])):
        while open_ and open_[-1][1] < low:
            open_.pop()
        around[low, high] = open_[-1] if open_ else None
        open_.append((low, high))
    return around


def search(out: Assembler, targets: Mapping[Range, Label], fail: Label, end: int) -> None:
    """
    Go to the label of the narrowest range around the value that was loaded.

    Args:
        out: where to write.
        targets: where to go.
        fail: where to go with any other value.
        end: one more than the largest value.
    """
    around = enclosing(targets)
    changes = {0: fail}
    # Where several ranges end at once, the outermost says what comes then; where several begin, the
    # innermost does.
    for inner, outer in reversed(around.items()):
        changes[inner[1] + 1] = targets[outer] if outer else fail
    for inner in around:
        changes[inner[0]] = targets[inner]
    changes.pop(end, None)
    _split(out, _joined(sorted(changes.items())), end)


def _joined(cells: Sequence[_Cell]) -> Sequence[_Cell]:
    """Join neighbours of which the same is said."""
    return [*cells[:1], *(cell for last, cell in pairwise(cells) if cell[1] is not last[1])]


def _split(out: Assembler, cells: Sequence[_Cell], end: int) -> None:
    """Tell cells apart, of which the last ends before `end`."""
    if len(cells) == 1:
        out.go(cells[0][1])
        return
    if len(cells) <= _FEW and (single := _single(cells)):
        value, label = cells[single]
        others = _joined([*cells[:single], *cells[single + 1 :]])
        if len(others) == 1:
            out.jump(Code.JEQ, value, then=label, otherwise=others[0][1])
            return
        out.jump(Code.JEQ, value, then=label)
        _split(out, others, end)
        return
    middle = _middle(cells, end)
    lower, upper = cells[:middle], cells[middle:]
    first = upper[0][0]
    above = upper[0][1] if len(upper) == 1 else Label()
    below = lower[0][1] if len(lower) == 1 else None
    out.jump(Code.JGE, first, then=above, otherwise=below)
    if len(lower) > 1:
        _split(out, lower, first)
    if len(upper) > 1:
        out.bind(above)
        _split(out, upper, end)


def _single(cells: Sequence[_Cell]) -> int:
    """Return the index of a single value between cells that are alike, or 0."""
    for index in range(1, len(cells) - 1):
        (_, before), (value, _), (after, alike) = cells[index - 1 : index + 2]
        if after == value + 1 and before is alike:
            return index
    return 0


def _middle(cells: Sequence[_Cell], end: int) -> int:
    """Return the index that halves both the cells and the values in them, as far as it can."""
    starts = [start for start, _ in cells]
    values = end - starts[0]

    def below(index: int) -> float:
        return index / len(cells) + (starts[index] - starts[0]) / values

    return min(range(1, len(cells)), key=lambda index: abs(below(index) - 1))
