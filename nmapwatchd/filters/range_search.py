"""
Emit the search for the range that contains a value.

Ranges are disjoint or nested, as the prefixes of longer values are. The search is binary, over the
values at which the target changes. It is balanced by the share of all values on either side, as
most packets have arbitrary ones, and by the number of targets.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from nmapwatchd.filters.bpf import Assembler, Code, Label

# First and last value.
Range = tuple[int, int]
# The first of consecutive values with one target; they end where the next cell starts.
_Cell = tuple[int, Label]
# Cells among which a single value is compared before the search is halved.
_FEW = 5


def enclosing(ranges: Iterable[Range]) -> dict[Range, Range | None]:
    """Return the narrowest range around each, or None; the outer ones first."""
    around: dict[Range, Range | None] = {}
    open_: list[Range] = []
    for low, high in sorted(ranges, key=lambda r: (r[0], -r[1])):
        while open_ and open_[-1][1] < low:
            open_.pop()
        around[low, high] = open_[-1] if open_ else None
        open_.append((low, high))
    return around


def emit_search(out: Assembler, targets: Mapping[Range, Label], fail: Label, end: int) -> None:
    """
    Emit jumps to the target of the narrowest range around the value in A.

    Args:
        out: the program.
        targets: a label for each range; disjoint or nested.
        fail: target of any other value.
        end: one more than the largest value.
    """
    around = enclosing(targets)
    changes = {0: fail}
    # If several ranges end together, the outermost decides what follows; if several start together,
    # the innermost does.
    for inner, outer in reversed(around.items()):
        changes[inner[1] + 1] = targets[outer] if outer else fail
    for inner in around:
        changes[inner[0]] = targets[inner]
    changes.pop(end, None)
    _emit_cells(out, _merged(sorted(changes.items())), end)


def _merged(cells: Sequence[_Cell]) -> Sequence[_Cell]:
    """Merge neighbours with one target."""
    return [*cells[:1], *(cell for last, cell in pairwise(cells) if cell[1] is not last[1])]


def _emit_cells(out: Assembler, cells: Sequence[_Cell], end: int) -> None:
    """Emit jumps to the targets of cells, the last of which ends before `end`."""
    if len(cells) == 1:
        out.goto(cells[0][1])
        return
    if len(cells) <= _FEW and (index := _single_value(cells)):
        value, label = cells[index]
        others = _merged([*cells[:index], *cells[index + 1 :]])
        if len(others) == 1:
            out.jump(Code.JEQ, value, then=label, otherwise=others[0][1])
            return
        out.jump(Code.JEQ, value, then=label)
        _emit_cells(out, others, end)
        return
    middle = _middle(cells, end)
    lower, upper = cells[:middle], cells[middle:]
    first = upper[0][0]
    above = upper[0][1] if len(upper) == 1 else Label()
    below = lower[0][1] if len(lower) == 1 else None
    out.jump(Code.JGE, first, then=above, otherwise=below)
    if len(lower) > 1:
        _emit_cells(out, lower, first)
    if len(upper) > 1:
        out.bind(above)
        _emit_cells(out, upper, end)


def _single_value(cells: Sequence[_Cell]) -> int:
    """Return the index of a cell of one value between cells with one target, or 0."""
    for index in range(1, len(cells) - 1):
        (_, before), (value, _), (following, after) = cells[index - 1 : index + 2]
        if following == value + 1 and before is after:
            return index
    return 0


def _middle(cells: Sequence[_Cell], end: int) -> int:
    """Return the index that best halves both the cells and the values in them."""
    starts = [start for start, _ in cells]
    values = end - starts[0]

    def below(index: int) -> float:
        return index / len(cells) + (starts[index] - starts[0]) / values

    return min(range(1, len(cells)), key=lambda index: abs(below(index) - 1))
