"""
Arrange the arms of a display filter by the payload's first byte.

tshark evaluates the arms of `a || b || ...` in turn, and few of them are possible for a message:
each comparison halves the arms that remain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Arms that are evaluated in turn: about the cost of a comparison.
_FEW = 2


@dataclass(frozen=True, slots=True)
class Arm:
    """
    An alternative of the filter.

    Args:
        text: the filter.
        first: the first bytes of the payloads that it can match; not empty.
    """

    text: str
    first: frozenset[int]


def arranged(arms: Sequence[Arm], payload: str) -> str:
    """
    Return a filter that matches if any arm does.

    Args:
        arms: display filters.
        payload: tshark's name of the payload's bytes.
    """
    return " || ".join(f"({text})" for text in _halved(arms, payload))


def _halved(arms: Sequence[Arm], payload: str) -> list[str]:
    starts = sorted(min(arm.first) for arm in arms)
    middle = starts[len(starts) // 2] if starts else 0
    below = [arm for arm in arms if max(arm.first) < middle]
    above = [arm for arm in arms if min(arm.first) >= middle]
    if len(arms) <= _FEW or not below:
        return [arm.text for arm in arms]
    return [
        *(arm.text for arm in arms if min(arm.first) < middle <= max(arm.first)),
        *(
            f'{payload}[0:1] {operator} "\\x{middle:02x}" && ({arranged(half, payload)})'
            for operator, half in (("<", below), (">=", above))
        ),
    ]
