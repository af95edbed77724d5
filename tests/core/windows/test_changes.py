"""A restart within a window does not make a second scan of the first."""

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.core.windows.table import WindowPolicy
from tests.building import NOON, SECOND, engine, observation, signature


def loud(core: Engine, at: float, **changes: object) -> list[Alert]:
    return core.observe(observation(at, payload=b"loud", **changes))


def restarted(states: tuple[WindowRecord, ...], at: float, **policy: object) -> Engine:
    core = engine(policy=WindowPolicy(**policy), track_changes=True)  # type: ignore[arg-type]
    assert core.restore(states, NOON + int(at * SECOND)) == []
    return core


def fresh() -> Engine:
    return restarted((), 0)


def test_after_a_crash_a_scan_goes_on_under_its_id_with_its_counts() -> None:
    before = fresh()
    (opened,) = loud(before, 0)
    loud(before, 1, destination="10.0.0.9")
    kept = before.changes(10).kept

    after = restarted(kept, 5)
    assert loud(after, 6) == []
    (closed,) = after.tick(NOON + 60 * SECOND)

    assert closed.action is Action.SCAN_CLOSED
    assert closed.event_id == opened.event_id
    assert (closed.sightings, closed.targets) == (3, ("10.0.0.8", "10.0.0.9"))
    assert {rule.id: rule.count for rule in closed.rules} == {"test.loud": 3}
    assert closed.start == opened.start
    assert closed.evidence == opened.evidence


def test_after_a_crash_a_scan_that_is_over_is_closed() -> None:
    before = fresh()
    loud(before, 0)
    loud(before, 1)

    (closed,) = engine().restore(before.changes(10).kept, NOON + 60 * SECOND)

    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 2)


def test_after_a_stop_that_closed_it_a_scan_that_goes_on_says_so_at_once() -> None:
    before = fresh()
    (opened,) = loud(before, 0)
    loud(before, 1)
    (stopped,) = before.drain(keep=True)

    after = restarted(before.changes().kept, 5)
    (goes_on,) = loud(after, 6)
    (closed,) = after.tick(NOON + 60 * SECOND)

    assert stopped.action is Action.SCAN_CLOSED
    assert (goes_on.action, goes_on.sightings) == (Action.SCAN_CONTINUES, 3)
    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 3)
    assert {alert.event_id for alert in (opened, stopped, goes_on, closed)} == {opened.event_id}


def test_a_scan_that_was_closed_by_a_stop_is_not_closed_again() -> None:
    before = fresh()
    loud(before, 0)
    loud(before, 1)
    before.drain(keep=True)

    after = restarted(before.changes().kept, 5)

    assert after.tick(NOON + 60 * SECOND) == []


def test_a_scan_that_comes_back_after_its_window_is_another() -> None:
    before = fresh()
    (first,) = loud(before, 0)
    before.drain(keep=True)

    after = restarted(before.changes().kept, 5)
    (second,) = loud(after, 31)

    assert second.action is Action.SCAN_OPENED
    assert second.event_id != first.event_id


def test_what_is_over_is_told_as_gone() -> None:
    core = fresh()
    (opened,) = loud(core, 0)
    core.changes()

    core.tick(NOON + 60 * SECOND)

    assert core.changes().gone == (opened.event_id,)
    assert not core.changes()


def test_what_spoke_is_told_at_once_and_the_others_as_many_as_asked() -> None:
    core = fresh()
    for number in range(1, 5):
        loud(core, 0, source=f"10.0.0.{number}")
    assert len(core.changes(0).kept) == 4

    for number in range(1, 5):
        loud(core, 1, source=f"10.0.0.{number}")

    assert [len(core.changes(3).kept) for _ in range(3)] == [3, 1, 0]


def test_a_suspect_is_not_kept() -> None:
    core = fresh()
    core.observe(observation(0, payload=b"nothing"))

    assert not core.changes(10)


def test_windows_keyed_in_another_way_are_closed() -> None:
    before = fresh()
    loud(before, 0)
    loud(before, 1)

    core = engine(policy=WindowPolicy(by=("source", "destination")))
    (closed,) = core.restore(before.changes(10).kept, NOON + 2 * SECOND)

    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 2)
    assert core.open_windows == 0


def test_a_clock_that_was_set_back_keeps_no_window_open_for_ever() -> None:
    before = fresh()
    loud(before, 0)
    loud(before, 1)

    core = engine()
    (closed,) = core.restore(before.changes(10).kept, NOON - 3600 * SECOND)

    assert closed.action is Action.SCAN_CLOSED


def test_a_table_that_became_smaller_evicts_aloud() -> None:
    before = fresh()
    for number in range(3):
        loud(before, number, source=f"10.0.0.{number}")

    core = engine(policy=WindowPolicy(maximum=2))
    (evicted,) = core.restore(before.changes(10).kept, NOON + 3 * SECOND)

    assert (evicted.source, evicted.closed_by) == ("10.0.0.0", "eviction")


def test_a_signature_that_was_taken_away_is_still_told() -> None:
    before = fresh()
    loud(before, 0)

    after = engine(signature("other"))
    after.restore(before.changes(10).kept, NOON + SECOND)
    after.observe(observation(2, payload=b"other"))
    (closed,) = after.drain()

    assert {rule.id: rule.count for rule in closed.rules} == {"test.loud": 1, "test.other": 1}
    assert closed.options == ("--script loud", "--script other")


def test_a_replay_remembers_nothing() -> None:
    core = engine()
    loud(core, 0)

    assert not core.changes(10)
