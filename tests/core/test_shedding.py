"""A source that sends too much is passed over, for a while, and nobody else is."""

from nmapwatchd.core.shedding import (
    MAXIMUM_CANDIDATES,
    MAXIMUM_SOURCES,
    SHED_NANOSECONDS,
    Shedding,
)
from tests.building import NOON, SECOND


def flood(shedding: Shedding, source: str, candidates: int, at: int = NOON) -> list[bool]:
    return [shedding.count(source, at + number) for number in range(candidates)]


def test_a_source_sends_too_much_beyond_its_share_of_a_second() -> None:
    said = flood(Shedding(), "10.0.0.5", MAXIMUM_CANDIDATES + 1)

    assert (said[-2], said[-1]) == (False, True)


def test_each_second_counts_anew() -> None:
    shedding = Shedding()
    flood(shedding, "10.0.0.5", MAXIMUM_CANDIDATES)

    assert not any(flood(shedding, "10.0.0.5", MAXIMUM_CANDIDATES, NOON + SECOND))


def test_one_source_s_flood_is_not_another_s() -> None:
    shedding = Shedding()
    flood(shedding, "10.0.0.5", 10 * MAXIMUM_CANDIDATES)

    assert not shedding.count("10.0.0.6", NOON)


def test_a_source_is_looked_at_again_after_a_while() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)

    assert not shedding.expire(NOON + SHED_NANOSECONDS - 1)
    assert len(shedding.sources) == 1
    assert shedding.expire(NOON + SHED_NANOSECONDS)
    assert len(shedding.sources) == 0


def test_a_source_that_goes_on_is_passed_over_for_longer() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)
    shedding.expire(NOON + SHED_NANOSECONDS)

    shedding.shed("10.0.0.5", NOON + SHED_NANOSECONDS + 1)

    assert not shedding.expire(NOON + 3 * SHED_NANOSECONDS)
    assert shedding.expire(NOON + 3 * SHED_NANOSECONDS + 1)


def test_the_number_passed_over_has_a_ceiling_and_the_first_goes() -> None:
    shedding = Shedding()
    for number in range(MAXIMUM_SOURCES + 1):
        shedding.shed(f"10.0.0.{number}", NOON)

    assert len(shedding.sources) == MAXIMUM_SOURCES
    assert "10.0.0.0" not in shedding.sources
