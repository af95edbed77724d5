"""A source that exceeds its rate is shed for a while, and no other source is."""

from nmapwatchd.core.shedding import (
    MAXIMUM_CANDIDATES,
    MAXIMUM_COUNTED,
    MAXIMUM_SHED_NANOSECONDS,
    MAXIMUM_SOURCES,
    SHED_NANOSECONDS,
    Shedding,
)
from tests.building import NOON, SECOND


def flood(shedding: Shedding, source: str, candidates: int, at: int = NOON) -> list[bool]:
    return [shedding.count(source, at + number) for number in range(candidates)]


def test_a_source_exceeds_its_rate_beyond_its_candidates_in_a_second() -> None:
    exceeds = flood(Shedding(), "10.0.0.5", MAXIMUM_CANDIDATES + 1)

    assert (exceeds[-2], exceeds[-1]) == (False, True)


def test_each_second_is_counted_by_itself() -> None:
    shedding = Shedding()
    flood(shedding, "10.0.0.5", MAXIMUM_CANDIDATES)

    assert not any(flood(shedding, "10.0.0.5", MAXIMUM_CANDIDATES, NOON + SECOND))


def test_one_source_s_flood_is_not_another_s() -> None:
    shedding = Shedding()
    flood(shedding, "10.0.0.5", 10 * MAXIMUM_CANDIDATES)

    assert not shedding.count("10.0.0.6", NOON)


def test_a_source_is_accepted_again_after_a_while() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)

    assert not shedding.expire(NOON + SHED_NANOSECONDS - 1)
    assert len(shedding.sources) == 1
    assert shedding.expire(NOON + SHED_NANOSECONDS)
    assert len(shedding.sources) == 0


def test_a_source_that_continues_is_shed_for_twice_as_long() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)
    shedding.expire(NOON + SHED_NANOSECONDS)

    shedding.shed("10.0.0.5", NOON + SHED_NANOSECONDS + 1)

    assert not shedding.expire(NOON + 3 * SHED_NANOSECONDS)
    assert shedding.expire(NOON + 3 * SHED_NANOSECONDS + 1)


def test_the_sources_shed_have_a_ceiling_and_the_first_is_accepted_again() -> None:
    shedding = Shedding()
    for number in range(MAXIMUM_SOURCES + 1):
        shedding.shed(f"10.0.0.{number}", NOON)

    assert len(shedding.sources) == MAXIMUM_SOURCES
    assert "10.0.0.0" not in shedding.sources


def spans(shedding: Shedding, pauses: list[int]) -> list[int]:
    """Shed a source, let it be accepted, and shed it again after each pause; return how long."""
    found, at = [], NOON
    for pause in [0, *pauses]:
        at += pause
        assert shedding.shed("10.0.0.5", at)
        span = next(n for n in range(1, 60) if shedding.expire(at + n * SECOND))
        found.append(span)
        at += span * SECOND
    return found


def test_the_time_doubles_up_to_the_maximum() -> None:
    assert spans(Shedding(), [0, 0, 0, 0]) == [5, 10, 20, 20, 20]
    assert MAXIMUM_SHED_NANOSECONDS == 20 * SECOND


def test_the_time_is_reset_after_as_long_a_pause_as_the_source_was_shed() -> None:
    assert spans(Shedding(), [5 * SECOND - 1]) == [5, 10]
    assert spans(Shedding(), [5 * SECOND]) == [5, 5]
    assert spans(Shedding(), [0, 10 * SECOND]) == [5, 10, 5]


def test_a_source_that_is_shed_is_not_shed_again() -> None:
    shedding = Shedding()

    assert shedding.shed("10.0.0.5", NOON)
    assert not shedding.shed("10.0.0.5", NOON + SECOND)
    assert not shedding.expire(NOON + SHED_NANOSECONDS - 1)
    assert shedding.expire(NOON + SHED_NANOSECONDS)


def test_only_the_sources_whose_time_is_over_are_accepted_again() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)
    shedding.shed("10.0.0.6", NOON + 1)

    assert shedding.expire(NOON + SHED_NANOSECONDS)
    assert shedding.sources == ("10.0.0.6",)


def test_a_clock_that_is_set_back_accepts_all_sources_and_resets_their_time() -> None:
    shedding = Shedding()
    shedding.shed("10.0.0.5", NOON)

    shedding.rewind(NOON - 3600 * SECOND)

    assert shedding.expire(NOON - 3600 * SECOND)
    assert shedding.sources == ()
    shedding.shed("10.0.0.5", NOON - 3600 * SECOND)
    assert shedding.expire(NOON - 3595 * SECOND)


def test_spoofed_sources_beyond_the_ceiling_are_not_counted() -> None:
    shedding = Shedding()
    for number in range(MAXIMUM_COUNTED + 9):
        shedding.count(f"source {number}", NOON)
    assert len(shedding._counts) == MAXIMUM_COUNTED

    assert flood(shedding, "source 7", MAXIMUM_CANDIDATES)[-1], "it is counted already"
    assert not any(flood(shedding, "another", MAXIMUM_CANDIDATES + 1))


def test_the_history_has_the_ceiling_of_the_sources() -> None:
    shedding = Shedding()
    for number in range(2 * MAXIMUM_SOURCES):
        shedding.shed(f"10.0.1.{number}", NOON)
        shedding.expire(NOON + SHED_NANOSECONDS)

    assert len(shedding._history) == MAXIMUM_SOURCES
    assert shedding.sources == ()
