"""Nothing is shed within the sensor's capacity; beyond it, the heaviest source is, for a while."""

import pytest

from nmapwatchd.core.shedding import (
    CAPACITY,
    MAXIMUM_COUNTED,
    MAXIMUM_SHED_NANOSECONDS,
    MAXIMUM_SOURCES,
    MINIMUM_CANDIDATES,
    NONE_SHED,
    REPEATED_CANDIDATES,
    SHED_NANOSECONDS,
    SLOT,
    STEP,
    Flood,
    Shedding,
    ShedSources,
)
from tests.building import NOON, SECOND

LOUD, PROXY = "10.0.0.5", "10.0.0.6"


def flood(shedding: Shedding, source: str, candidates: int, at: int = NOON) -> list[str]:
    """Send candidates in a slot; return the source to shed at each."""
    return [shedding.count(source, at + number) for number in range(candidates)]


def forged(shedding: Shedding, candidates: int, at: int = NOON) -> list[str]:
    """Send candidates in a slot, each from a source of its own."""
    return [shedding.count(f"source {number}", at) for number in range(candidates)]


def test_a_single_source_may_use_the_whole_capacity() -> None:
    assert set(flood(Shedding(), PROXY, CAPACITY)) == {""}


def test_beyond_the_capacity_the_heaviest_source_is_to_be_shed() -> None:
    shedding = Shedding()
    flood(shedding, LOUD, CAPACITY // 2 + 1)
    flood(shedding, PROXY, CAPACITY // 2 - 1)

    assert shedding.count(PROXY, NOON) == LOUD


def test_what_was_to_be_shed_counts_no_longer() -> None:
    shedding = Shedding()
    flood(shedding, LOUD, CAPACITY)
    assert shedding.count(LOUD, NOON) == LOUD

    assert set(flood(shedding, PROXY, CAPACITY)) == {""}


def test_each_slot_is_counted_by_itself() -> None:
    shedding = Shedding()
    flood(shedding, LOUD, CAPACITY)

    assert set(flood(shedding, LOUD, CAPACITY, NOON + SLOT)) == {""}


def test_late_packets_of_the_slot_before_start_no_count_afresh() -> None:
    shedding = Shedding()
    found = [shedding.count(LOUD, NOON + (number % 2) * SLOT) for number in range(CAPACITY + 2)]

    assert found[-1] == LOUD


def test_no_source_of_a_flood_from_forged_addresses_is_shed() -> None:
    assert set(forged(Shedding(), 3 * CAPACITY)) == {""}


def test_a_source_that_sends_little_is_not_shed_whatever_others_send() -> None:
    shedding = Shedding()
    flood(shedding, LOUD, MINIMUM_CANDIDATES)

    assert set(forged(shedding, 3 * CAPACITY)) == {""}


@pytest.mark.parametrize("share", [10, 100])
def test_a_flood_among_forged_addresses_is_found(share: int) -> None:
    shedding = Shedding()
    forged(shedding, 2 * MAXIMUM_COUNTED)
    found = [
        shedding.count(LOUD if number % share == 0 else f"source {number}", NOON)
        for number in range(CAPACITY + share * 2 * MINIMUM_CANDIDATES + 3 * STEP)
    ]

    assert LOUD in found
    assert len(shedding._counts) <= MAXIMUM_COUNTED


def test_a_source_is_limited_at_first_and_blocked_if_it_is_still_too_much() -> None:
    shedding = Shedding()

    assert shedding.sources == NONE_SHED
    assert shedding.shed(LOUD, NOON)
    assert shedding.sources == ShedSources(limited=(LOUD,))
    assert shedding.shed(LOUD, NOON + 1)
    assert shedding.sources == ShedSources(blocked=(LOUD,))
    assert not shedding.shed(LOUD, NOON + 2)


def test_a_flood_has_its_source_and_since_when_it_is_shed_again_and_again() -> None:
    shedding, late = Shedding(), NOON + 60 * SECOND

    assert shedding.shed(LOUD, NOON) == Flood(LOUD, NOON, is_blocked=False)
    assert shedding.shed(LOUD, NOON + 1) == Flood(LOUD, NOON, is_blocked=True)
    shedding.expire(NOON + SHED_NANOSECONDS)
    again = NOON + SHED_NANOSECONDS + 1
    assert shedding.shed(LOUD, again) == Flood(LOUD, NOON, is_blocked=False)
    shedding.expire(late)
    assert shedding.shed(LOUD, late) == Flood(LOUD, late, is_blocked=False)


def test_what_was_shed_since_a_time_is_known() -> None:
    shedding = Shedding()
    shedding.shed(LOUD, NOON)
    shedding.expire(NOON + 60 * SECOND)

    assert shedding.has_shed(LOUD, NOON - SECOND)
    assert shedding.has_shed(LOUD, NOON + SHED_NANOSECONDS - 1)
    assert not shedding.has_shed(LOUD, NOON + SHED_NANOSECONDS)
    assert not shedding.has_shed(PROXY, NOON - SECOND)


def test_a_source_is_accepted_again_after_a_while() -> None:
    shedding = Shedding()
    shedding.shed(LOUD, NOON)
    shedding.shed(LOUD, NOON + SECOND)

    assert not shedding.expire(NOON + SHED_NANOSECONDS - 1)
    assert shedding.sources.addresses == (LOUD,)
    assert shedding.expire(NOON + SHED_NANOSECONDS)
    assert shedding.sources == NONE_SHED


def test_a_source_that_was_shed_a_moment_ago_is_shed_again_early() -> None:
    shedding = Shedding()
    shedding.shed(LOUD, NOON)
    end = NOON + SHED_NANOSECONDS
    shedding.expire(end)

    assert flood(shedding, LOUD, REPEATED_CANDIDATES + 1, end)[-2:] == ["", LOUD]
    assert set(flood(shedding, PROXY, REPEATED_CANDIDATES + 1, end)) == {""}
    late = end + SHED_NANOSECONDS
    assert set(flood(shedding, LOUD, REPEATED_CANDIDATES + 1, late)) == {""}


def test_what_of_a_source_is_on_its_way_when_it_is_limited_does_not_block_it() -> None:
    shedding = Shedding()
    shedding.shed(LOUD, NOON)

    assert set(flood(shedding, LOUD, CAPACITY)) == {""}


def test_a_source_that_was_blocked_is_only_limited_the_next_time() -> None:
    shedding = Shedding()
    for at in (NOON, NOON, NOON + SHED_NANOSECONDS):
        shedding.expire(at)
        shedding.shed(LOUD, at)

    assert shedding.sources == ShedSources(limited=(LOUD,))


def test_the_sources_shed_have_a_ceiling_and_the_first_is_accepted_again() -> None:
    shedding = Shedding()
    for number in range(MAXIMUM_SOURCES + 1):
        shedding.shed(f"10.0.0.{number}", NOON)

    assert len(shedding.sources.addresses) == MAXIMUM_SOURCES
    assert "10.0.0.0" not in shedding.sources.addresses


def spans(shedding: Shedding, pauses: list[int]) -> list[int]:
    """Shed a source, let it be accepted, and shed it again after each pause; return how long."""
    found, at = [], NOON
    for pause in [0, *pauses]:
        at += pause
        assert shedding.shed(LOUD, at)
        span = next(n for n in range(1, 60) if shedding.expire(at + n * SECOND))
        found.append(span)
        at += span * SECOND
    return found


def test_the_time_doubles_up_to_the_maximum() -> None:
    assert spans(Shedding(), [0, 0, 0]) == [2, 4, 4, 4]
    assert MAXIMUM_SHED_NANOSECONDS == 4 * SECOND


def test_the_time_is_reset_after_as_long_a_pause_as_the_source_was_shed() -> None:
    assert spans(Shedding(), [2 * SECOND - 1]) == [2, 4]
    assert spans(Shedding(), [2 * SECOND]) == [2, 2]
    assert spans(Shedding(), [0, 4 * SECOND]) == [2, 4, 2]


def test_only_the_sources_whose_time_is_over_are_accepted_again() -> None:
    shedding = Shedding()
    shedding.shed(LOUD, NOON)
    shedding.shed(PROXY, NOON + 1)

    assert shedding.expire(NOON + SHED_NANOSECONDS)
    assert shedding.sources.addresses == (PROXY,)


def test_a_clock_that_is_set_back_accepts_all_sources_and_resets_their_time() -> None:
    shedding, earlier = Shedding(), NOON - 3600 * SECOND
    flood(shedding, LOUD, CAPACITY)
    shedding.shed(LOUD, NOON)

    shedding.rewind(earlier)

    assert shedding.expire(earlier)
    assert shedding.sources == NONE_SHED
    assert set(flood(shedding, LOUD, CAPACITY, earlier)) == {""}
    shedding.shed(LOUD, earlier)
    assert shedding.expire(earlier + SHED_NANOSECONDS)


def test_the_history_has_the_ceiling_of_the_sources() -> None:
    shedding = Shedding()
    for number in range(2 * MAXIMUM_SOURCES):
        shedding.shed(f"10.0.1.{number}", NOON)
        shedding.expire(NOON + SHED_NANOSECONDS)

    assert len(shedding._history) == MAXIMUM_SOURCES
    assert shedding.sources == NONE_SHED
