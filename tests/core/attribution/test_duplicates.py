"""A frame that was captured more than once is counted once."""

import pytest

from nmapwatchd.core.attribution import duplicates
from nmapwatchd.core.attribution.duplicates import DUPLICATE_NANOSECONDS, FrameDeduplicator
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting
from tests.building import NOON, engine, observation, signature


def is_duplicate(deduplicator: FrameDeduplicator, seen: Observation, *rules: str) -> bool:
    """Return whether nothing is left of the sightings in an observation."""
    sightings = [Sighting(signature(rule).rule, seen, ()) for rule in rules or ("loud",)]
    return not deduplicator.without_duplicates(sightings)


def test_copies_on_other_interfaces_and_vlans_are_not_counted() -> None:
    core = engine()
    core.observe(observation(0, payload=b"loud", frame_hash=7, interface="eth0"))
    core.observe(observation(0.001, payload=b"loud", frame_hash=7, interface="eth1"))
    core.observe(observation(0.002, payload=b"loud", frame_hash=7, interface="eth0", vlans=("12",)))
    core.observe(observation(1.5, payload=b"loud", frame_hash=8))

    (closed,) = core.drain().alerts
    assert closed.sightings == 2
    assert closed.vlans == ()


@pytest.mark.parametrize("direction", [1, -1])
def test_a_duplicate_arrives_within_a_second_in_either_order(direction: int) -> None:
    def is_duplicate_after(nanoseconds: int) -> bool:
        deduplicator = FrameDeduplicator()
        is_duplicate(deduplicator, observation(frame_hash=7))
        later = observation(frame_hash=7, at=NOON + direction * nanoseconds)
        return is_duplicate(deduplicator, later)

    assert is_duplicate_after(DUPLICATE_NANOSECONDS - 1)
    assert not is_duplicate_after(DUPLICATE_NANOSECONDS)


def test_a_duplicate_is_measured_from_the_first_of_its_frames() -> None:
    deduplicator = FrameDeduplicator()

    found = [is_duplicate(deduplicator, observation(at, frame_hash=7)) for at in (0, 0.9, 1.5, 2)]

    assert found == [False, True, False, True]
    assert deduplicator.duplicates == 2


def test_frames_without_a_hash_are_never_duplicates() -> None:
    deduplicator = FrameDeduplicator()

    assert not any(is_duplicate(deduplicator, observation(frame_hash=0)) for _ in range(2))
    assert deduplicator.duplicates == 0


def test_the_frames_tracked_have_a_ceiling_and_the_oldest_is_evicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duplicates, "MAXIMUM_FRAMES", 2)
    monkeypatch.setattr(duplicates, "BUDGET", 2)
    deduplicator = FrameDeduplicator()
    for n in (1, 2, 3):
        is_duplicate(deduplicator, observation(n / 10, frame_hash=n))

    assert [is_duplicate(deduplicator, observation(n / 10, frame_hash=n)) for n in (2, 3, 1)] == [
        True, True, False,
    ]  # fmt: skip
    assert len(deduplicator._frames) == 2
    assert deduplicator.evictions == 2


def test_only_the_rules_that_a_copy_has_shown_are_dropped() -> None:
    deduplicator = FrameDeduplicator()
    seen = observation(frame_hash=7)

    assert not is_duplicate(deduplicator, seen, "loud")
    assert not is_duplicate(deduplicator, seen, "loud", "other")
    assert is_duplicate(deduplicator, seen, "other")
    assert is_duplicate(deduplicator, seen, "loud", "other")
    assert deduplicator.duplicates == 3
