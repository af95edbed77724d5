import random
from collections.abc import Mapping

import pytest

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.range_search import Range, emit_search, enclosing
from tests.filters.machine import Run, run

FAIL = 999


def program(ranges: Mapping[Range, int], size: int = 1) -> bytes:
    """Return a program that returns the number of the range around a frame's first bytes."""
    out, fail = Assembler(), Label()
    labels = {found: Label() for found in ranges}
    out.emit({1: Code.LD_ABS_B, 2: Code.LD_ABS_H, 4: Code.LD_ABS_W}[size], 0)
    emit_search(out, labels, fail, 1 << 8 * size)
    for found, label in labels.items():
        out.bind(label)
        out.emit(Code.RET_K, ranges[found])
    out.bind(fail)
    out.emit(Code.RET_K, FAIL)
    return out.assemble()


def looked_up(ranges: Mapping[Range, int], value: int) -> int:
    """Return the number of the narrowest range around a value."""
    around = [
        (high - low, number) for (low, high), number in ranges.items() if low <= value <= high
    ]
    return min(around)[1] if around else FAIL


def numbered(*ranges: Range) -> dict[Range, int]:
    return {found: number for number, found in enumerate(ranges, start=1)}


def searched(ranges: Mapping[Range, int], value: int, size: int = 1) -> Run:
    return run(program(ranges, size), value.to_bytes(size))


@pytest.mark.parametrize(
    "ranges",
    [
        [(0, 255)],
        [(0, 0)],
        [(255, 255)],
        [(7, 7)],
        [(0, 0), (255, 255)],
        [(1, 1), (2, 2)],
        [(0, 127), (128, 255)],
        [(0, 127), (129, 255)],
        [(16, 31), (16, 16)],
        [(16, 31), (31, 31)],
        [(16, 31), (20, 20)],
        [(0, 255), (16, 31), (16, 19), (16, 16)],
        [(0, 255), (16, 31), (28, 31), (31, 31)],
        [(16, 31), (16, 23), (24, 31)],
        [(5, 5), (7, 7), (9, 9)],
    ],
)
def test_every_value_leads_to_the_narrowest_range_around_it(ranges: list[Range]) -> None:
    targets = numbered(*ranges)
    code = program(targets)

    assert [run(code, bytes([value])).returned for value in range(256)] == [
        looked_up(targets, value) for value in range(256)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_every_value_among_random_prefixes(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    ranges = set()
    for _ in range(chance.randrange(1, 40)):
        free = chance.randrange(8)  # bits that a prefix leaves open
        low = chance.randrange(256) >> free << free
        ranges.add((low, low + (1 << free) - 1))
    targets = numbered(*ranges)
    code = program(targets)

    assert [run(code, bytes([value])).returned for value in range(256)] == [
        looked_up(targets, value) for value in range(256)
    ]


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("seed", range(10))
def test_the_bounds_of_ranges_of_longer_values(size: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    end = 1 << 8 * size
    ranges = {(0, 0), (end - 1, end - 1)}
    for _ in range(25):
        free = chance.choice([0, 0, 4, 8 * size - 8])
        low = chance.randrange(end) >> free << free
        ranges.add((low, low + (1 << free) - 1))
    targets = numbered(*ranges)
    code = program(targets, size)

    for low, high in ranges:
        for value in (low - 1, low, low + 1, high - 1, high, high + 1):
            if 0 <= value < end:
                assert run(code, value.to_bytes(size)).returned == looked_up(targets, value)


def test_enclosing_ranges_are_the_narrowest_ones_and_come_first() -> None:
    around = enclosing([(16, 16), (16, 31), (0, 255), (20, 23), (40, 40), (32, 40)])

    assert around == {
        (0, 255): None, (16, 31): (0, 255), (16, 16): (16, 31), (20, 23): (16, 31),
        (32, 40): (0, 255), (40, 40): (32, 40),
    }  # fmt: skip
    order = list(around)
    assert all(outer is None or order.index(outer) < order.index(r) for r, outer in around.items())


def test_a_range_next_to_another_does_not_enclose_it() -> None:
    assert enclosing([(0, 15), (16, 31)]) == {(0, 15): None, (16, 31): None}


def test_neighbours_with_one_target_are_one_comparison() -> None:
    out, same, fail = Assembler(), Label(), Label()
    emit_search(out, {(4, 4): same, (5, 5): same, (6, 7): same}, fail, 256)
    for label in (same, fail):
        out.bind(label)
        out.emit(Code.RET_K, 1)

    assert len(out.assemble()) == 8 * (2 + 2), "two comparisons and the exits"


@pytest.mark.parametrize(
    ("values", "size"), [([7], 1), ([5, 9], 2), ([0], 1), ([255], 1), ([5, 7, 9], 5)]
)
def test_few_single_values_are_a_comparison_each(values: list[int], size: int) -> None:
    exits = len(values) + 1 + 1  # with the load

    assert len(program(numbered(*((v, v) for v in values)))) == 8 * (size + exits)


def test_a_search_among_many_values_is_short() -> None:
    targets = numbered(*((value, value) for value in range(0, 65_536, 256)))
    code = program(targets, 2)

    steps = [run(code, value.to_bytes(2)).instructions for value in range(0, 65_536, 97)]
    assert max(steps) < 16
