"""A restart within a window does not make a second scan of the first."""

from nmapwatchd.core.alert import Action
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.outcome import Outcome
from nmapwatchd.core.windows.changes import ChangeTracker, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.core.windows.window import Window
from tests.building import NOON, SECOND, engine, observation, signature


def loud(core: Engine, at: float, **changes: object) -> Outcome:
    return core.observe(observation(at, payload=b"loud", **changes))


def saved(core: Engine, *outcomes: Outcome) -> tuple[WindowRecord, ...]:
    """Return the records that are saved when the service is killed after these outcomes."""
    records: dict[str, WindowRecord] = {}
    for changes in (*(outcome.changes for outcome in outcomes), core.unsaved_changes(100)):
        records.update({record.scan_id: record for record in changes.kept})
        for scan_id in changes.gone:
            records.pop(scan_id, None)
    return tuple(records.values())


def restarted(records: tuple[WindowRecord, ...], at: float, **policy: object) -> Engine:
    core = engine(policy=WindowPolicy(**policy), track_changes=True)  # type: ignore[arg-type]
    assert core.restore(records, NOON + int(at * SECOND)).alerts == ()
    return core


def fresh() -> Engine:
    return restarted((), 0)


def test_after_a_crash_a_scan_continues_under_its_id_with_its_counts() -> None:
    before = fresh()
    first = loud(before, 0)
    second = loud(before, 1, destination="10.0.0.9", vlans=("12",))
    (opened,) = first.alerts

    after = restarted(saved(before, first, second), 5)
    assert loud(after, 6).alerts == ()
    (closed,) = after.tick(NOON + 60 * SECOND).alerts

    assert closed.action is Action.SCAN_CLOSED
    assert (closed.scan_id, closed.identity) == (opened.scan_id, opened.identity)
    assert (closed.sightings, closed.targets) == (3, ("10.0.0.8", "10.0.0.9"))
    assert {rule.id: rule.count for rule in closed.rules} == {"test.loud": 3}
    assert closed.start == opened.start
    assert closed.evidence == opened.evidence
    assert (closed.vlans, closed.transports, closed.source_ports) == (("12",), ("tcp",), (40_000,))


def test_after_a_crash_a_scan_that_is_over_is_closed() -> None:
    before = fresh()
    records = saved(before, loud(before, 0), loud(before, 1))

    (closed,) = engine().restore(records, NOON + 60 * SECOND).alerts

    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 2)


def test_after_a_stop_that_closed_it_a_scan_that_continues_is_reported_immediately() -> None:
    before = fresh()
    first, second, stop = loud(before, 0), loud(before, 1), before.drain(keep=True)

    after = restarted(saved(before, first, second, stop), 5)
    (continues,) = loud(after, 6).alerts
    (closed,) = after.tick(NOON + 60 * SECOND).alerts

    (opened,), (stopped,) = first.alerts, stop.alerts
    assert (stopped.action, stopped.closed_by) == (Action.SCAN_CLOSED, "shutdown")
    assert (continues.action, continues.sightings) == (Action.SCAN_CONTINUES, 3)
    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 3)
    assert {alert.scan_id for alert in (opened, stopped, continues, closed)} == {opened.scan_id}


def test_a_scan_that_was_closed_by_a_stop_is_not_closed_again() -> None:
    before = fresh()
    outcomes = loud(before, 0), loud(before, 1), before.drain(keep=True)

    after = restarted(saved(before, *outcomes), 5)

    assert after.tick(NOON + 60 * SECOND).alerts == ()


def test_a_scan_that_comes_back_after_its_window_is_another() -> None:
    before = fresh()
    first, stop = loud(before, 0), before.drain(keep=True)

    after = restarted(saved(before, first, stop), 5)
    (second,) = loud(after, 31).alerts

    assert second.action is Action.SCAN_OPENED
    assert second.scan_id != first.alerts[0].scan_id


def test_a_drain_that_keeps_nothing_closes_for_good() -> None:
    core = fresh()
    outcomes = loud(core, 0), loud(core, 1), core.drain()

    assert saved(core, *outcomes) == ()


def test_what_is_closed_is_not_kept() -> None:
    core = fresh()
    (opened,) = loud(core, 0).alerts

    closing = core.tick(NOON + 60 * SECOND)

    assert [alert.action for alert in closing.alerts] == [Action.SCAN_CLOSED]
    assert closing.changes == WindowChanges(gone=(opened.scan_id,))
    assert not core.unsaved_changes(0)


def test_a_window_that_is_closed_before_its_change_is_saved_is_not_kept() -> None:
    core = fresh()
    outcomes = loud(core, 0), loud(core, 1), core.tick(NOON + 60 * SECOND)

    assert outcomes[-1].changes.kept == ()
    assert saved(core, *outcomes) == ()


def test_a_window_is_saved_with_its_alert_and_other_changes_up_to_the_limit() -> None:
    core = fresh()
    for number in range(1, 5):
        (record,) = loud(core, 0, source=f"10.0.0.{number}").changes.kept
        assert record.source == f"10.0.0.{number}"
    assert not core.unsaved_changes(9)

    for number in range(1, 5):
        assert not loud(core, 1, source=f"10.0.0.{number}").changes

    taken = [core.unsaved_changes(3).kept for _ in range(3)]
    assert [[record.source[-1] for record in records] for records in taken] == [
        ["1", "2", "3"], ["4"], [],
    ]  # fmt: skip


def test_what_is_saved_does_not_change_afterwards() -> None:
    core = fresh()
    outcome = loud(core, 0)
    (record,) = outcome.changes.kept

    loud(core, 1, destination="10.0.0.9", destination_port=81, mac="a", vlans=("1",))

    assert (record.sightings, record.counts) == (1, {"test.loud": 1})
    assert (list(record.targets), list(record.ports)) == (["10.0.0.8"], [80])


def test_a_restored_window_does_not_change_the_record_that_it_came_from() -> None:
    before = fresh()
    (record,) = loud(before, 0).changes.kept

    loud(restarted((record,), 1), 2, destination="10.0.0.9")

    assert (record.sightings, list(record.targets)) == (1, ["10.0.0.8"])


def test_a_suspect_is_not_saved() -> None:
    core = fresh()
    core.observe(observation(0, payload=b"nothing"))

    assert not core.unsaved_changes(10)


def test_windows_keyed_differently_are_closed() -> None:
    before = fresh()
    records = saved(before, loud(before, 0), loud(before, 1))

    core = engine(policy=WindowPolicy(by=("source", "destination")))
    (closed,) = core.restore(records, NOON + 2 * SECOND).alerts

    assert (closed.action, closed.sightings) == (Action.SCAN_CLOSED, 2)
    assert closed.closed_by == "shutdown"
    assert core.open_windows == 0


def test_of_two_windows_with_one_key_the_later_one_is_closed() -> None:
    before = fresh()
    records = saved(before, loud(before, 0), loud(before, 1))

    core = engine()
    (closed,) = core.restore((*records, *records), NOON + 2 * SECOND).alerts

    assert closed.closed_by == "shutdown"
    assert core.open_windows == 1


def test_a_clock_that_was_set_back_keeps_no_window_open_for_ever() -> None:
    before = fresh()
    records = saved(before, loud(before, 0), loud(before, 1))

    core = engine()
    (closed,) = core.restore(records, NOON - 3600 * SECOND).alerts

    assert closed.action is Action.SCAN_CLOSED


def test_a_window_of_a_clock_that_is_slightly_ahead_stays_open() -> None:
    before = fresh()
    records = saved(before, loud(before, 0), loud(before, 1))

    assert engine().restore(records, NOON - 29 * SECOND).alerts == ()
    assert engine().restore(records, NOON - 29 * SECOND - 1).alerts != ()


def test_a_table_that_became_smaller_evicts_with_an_alert() -> None:
    before = fresh()
    records = saved(before, *(loud(before, n, source=f"10.0.0.{n}") for n in range(3)))

    core = engine(policy=WindowPolicy(maximum=2))
    (evicted,) = core.restore(records, NOON + 3 * SECOND).alerts

    assert (evicted.source, evicted.closed_by) == ("10.0.0.0", "eviction")
    assert core.open_windows == 2


def test_restored_windows_are_closed_in_the_order_of_their_last_sighting() -> None:
    before = fresh()
    records = saved(before, *(loud(before, n, source=f"10.0.0.{n}") for n in range(3)))

    core = restarted(records[::-1], 3)
    core.tick(NOON + 31 * SECOND)

    assert core.open_windows == 1


def test_a_signature_that_was_removed_is_still_reported() -> None:
    before = fresh()

    after = engine(signature("other"))
    after.restore(saved(before, loud(before, 0)), NOON + SECOND)
    after.observe(observation(2, payload=b"other"))
    (closed,) = after.drain().alerts

    assert {rule.id: rule.count for rule in closed.rules} == {"test.loud": 1, "test.other": 1}
    assert closed.explanation.options == ("--script loud", "--script other")


def test_an_engine_that_does_not_track_changes_returns_none() -> None:
    core = engine()

    assert not loud(core, 0).changes
    assert not core.unsaved_changes(10)


def test_an_alert_carries_the_changes_of_no_other_open_window() -> None:
    core = fresh()
    loud(core, 0)
    loud(core, 1)

    changes = loud(core, 2, source="10.0.0.6").changes

    assert [record.source for record in changes.kept] == ["10.0.0.6"]
    assert [record.source for record in core.unsaved_changes(1).kept] == ["10.0.0.5"]


def test_an_alert_carries_the_windows_that_were_closed_without_one() -> None:
    before = fresh()
    (opened,) = loud(before, 0).alerts
    stopped = before.drain(keep=True)
    core = restarted(saved(before, stopped), 5)
    assert core.tick(NOON + 60 * SECOND).alerts == ()

    assert loud(core, 61, source="10.0.0.6").changes.gone == (opened.scan_id,)


def test_changes_are_those_that_are_kept_and_those_that_are_gone() -> None:
    record = WindowRecord(("source",), ("10.0.0.5", ""), "", "10.0.0.5", 0, 0)

    assert WindowChanges(kept=(record,))
    assert WindowChanges(gone=("a",))
    assert not WindowChanges()


def window(source: str, unreported: int = 0) -> Window:
    key = (source, "")
    return Window(WindowRecord(("source",), key, "", source, 0, 0, sightings=unreported))


def test_a_window_that_is_closed_is_dropped_from_all_other_changes() -> None:
    tracker = ChangeTracker()
    for closed in (window("10.0.0.5"), window("10.0.0.6", unreported=1)):
        tracker.record(closed)
        tracker.close(closed)

        assert tracker.take(9) == WindowChanges(gone=(closed.record.scan_id,))


def test_a_window_that_was_closed_and_changes_again_is_kept() -> None:
    tracker, found = ChangeTracker(), window("10.0.0.5")
    tracker.close(found)
    tracker.record(found)

    assert tracker.take(0) == WindowChanges(kept=(found.record,))
    assert not tracker.take(9)


def test_a_window_with_reported_and_unreported_changes_is_kept_once() -> None:
    tracker, found = ChangeTracker(), window("10.0.0.5")
    tracker.record(found)
    found.record.sightings = 1
    tracker.record(found)

    assert tracker.take(9) == WindowChanges(kept=(found.record,))
    assert not tracker.take(9)


def test_the_messages_of_a_scan_are_numbered_across_restarts() -> None:
    before = fresh()
    outcomes = [loud(before, 0), loud(before, 1), before.drain(keep=True)]

    between = restarted(saved(before, *outcomes), 5)
    outcomes += [loud(between, 6), loud(between, 7)]
    after = restarted(saved(between, *outcomes[3:]), 8)  # it was killed
    outcomes.append(after.tick(NOON + 60 * SECOND))

    alerts = [alert for outcome in outcomes for alert in outcome.alerts]
    assert [(alert.action, alert.sequence) for alert in alerts] == [
        (Action.SCAN_OPENED, 1),
        (Action.SCAN_CLOSED, 2),
        (Action.SCAN_CONTINUES, 3),
        (Action.SCAN_CLOSED, 4),
    ]
    assert len({alert.scan_id for alert in alerts}) == 1


def test_a_level_that_was_reported_before_a_restart_is_not_raised_again() -> None:
    before = fresh()
    (opened,) = loud(before, 0, destination_port=22).alerts
    after = restarted(saved(before, before.drain(keep=True)), 5)

    (continued,) = loud(after, 6, destination_port=22).alerts

    assert (opened.is_raised, continued.is_raised) == (True, False)
    assert continued.level is opened.level
