"""One scan is few alerts, and the last of them counts every sighting."""

from dataclasses import replace
from ipaddress import ip_network

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import MANY_HOSTS
from nmapwatchd.core.windows.table import WindowPolicy
from tests.building import NOON, SECOND, engine, observation, signature

AUDIT = Authorisation("audit", (ip_network("10.0.0.5"),))


def actions(alerts: list[Alert]) -> list[Action]:
    return [alert.action for alert in alerts]


def loud(core: Engine, at: float, **changes: object) -> list[Alert]:
    return list(core.observe(observation(at, payload=b"loud", **changes)).alerts)


def test_the_first_exclusive_sighting_opens_a_scan_at_once() -> None:
    (alert,) = loud(engine(), 0)

    assert alert.action is Action.SCAN_OPENED
    assert (alert.source, alert.targets, alert.ports) == ("10.0.0.5", ("10.0.0.8",), (80,))


def test_sightings_with_gaps_below_the_window_are_one_scan() -> None:
    core = engine()
    loud(core, 0)

    assert [loud(core, at) for at in (29, 58, 87)] == [[], [], []]


def test_a_scan_is_closed_with_totals_when_its_source_was_idle_for_the_window() -> None:
    core = engine()
    loud(core, 0)
    loud(core, 10, destination="10.0.0.9")

    assert core.tick(NOON + 39 * SECOND).alerts == ()
    (closed,) = core.tick(NOON + 40 * SECOND).alerts

    assert closed.action is Action.SCAN_CLOSED
    assert (closed.sightings, closed.targets) == (2, ("10.0.0.8", "10.0.0.9"))
    assert (closed.end - closed.start, closed.closed_by) == (10 * SECOND, "idle")


def test_a_scan_whose_opening_had_every_sighting_is_closed_as_unchanged() -> None:
    core = engine()
    (opened,) = loud(core, 0)

    (closed,) = core.tick(NOON + 60 * SECOND).alerts

    assert (closed.action, closed.closed_by) == (Action.SCAN_CLOSED, "idle")
    assert (closed.sightings, closed.packets, closed.is_unchanged) == (1, 1, True)
    assert (opened.sequence, closed.sequence) == (1, 2)
    assert core.tick(NOON + 120 * SECOND).alerts == ()


def test_an_authorised_scan_is_closed_with_totals_too() -> None:
    core = engine(authorised=(AUDIT,))
    loud(core, 0)
    loud(core, 1)

    (closed,) = core.tick(NOON + 60 * SECOND).alerts

    assert (closed.action, closed.expected) == (Action.SCAN_EXPECTED, "audit")
    assert (closed.closed_by, closed.sightings, closed.is_unchanged) == ("idle", 2, False)


def test_the_alerts_of_one_window_share_their_id_and_those_of_the_next_do_not() -> None:
    core = engine()
    first = loud(core, 0) + loud(core, 1) + list(core.tick(NOON + 60 * SECOND).alerts)
    second = loud(core, 100)

    assert len({alert.scan_id for alert in first}) == 1
    assert first[0].scan_id != second[0].scan_id


def test_the_same_packets_give_the_same_ids() -> None:
    assert loud(engine(), 0) == loud(engine(), 0)


def test_a_scan_that_continues_is_reported_again_only_after_a_while_and_with_news() -> None:
    core = engine()
    loud(core, 0, destination_port=22)
    for at in range(20, 300, 20):
        assert loud(core, at, destination="10.0.0.9", destination_port=22) == []

    (news,) = loud(core, 300, destination="10.0.0.10", destination_port=22)
    nothing_new = [loud(core, at, destination_port=22) for at in range(320, 700, 20)]

    assert news.action is Action.SCAN_CONTINUES
    assert not any(nothing_new)


def test_a_scan_that_continues_is_reported_ever_more_rarely_but_once_a_day() -> None:
    policy = WindowPolicy()

    minutes = [policy.wait(times) / SECOND / 60 for times in (1, 2, 3, 4, 5, 6, 1_000_000)]

    assert minutes == [5, 20, 80, 320, 1280, 1440, 1440]


def test_a_scan_of_twenty_minutes_full_of_news_is_three_alerts_and_what_raises_its_level() -> None:
    core = engine()

    alerts = [
        alert
        for at in range(1200)
        for alert in loud(core, at, destination=f"10.0.0.{at}", destination_port=22)
    ]
    alerts += core.tick(NOON + 1300 * SECOND).alerts

    assert [(alert.action, alert.is_raised, alert.sightings) for alert in alerts] == [
        (Action.SCAN_OPENED, True, 1),
        (Action.SCAN_CONTINUES, True, MANY_HOSTS),
        (Action.SCAN_CONTINUES, False, MANY_HOSTS + 300),
        (Action.SCAN_CLOSED, False, 1200),
    ]
    assert [alert.sequence for alert in alerts] == [1, 2, 3, 4]


def test_packet_time_decides_and_not_the_order_of_arrival() -> None:
    core = engine()
    loud(core, 10)

    assert loud(core, 9) == []
    (closed,) = core.drain().alerts
    assert closed.sightings == 2


def test_weaker_sightings_add_up_each_signature_once() -> None:
    rows = [signature(name, Confidence.STRONG) for name in ("one", "two")]
    core = engine(*rows)

    assert core.observe(observation(0, payload=b"one")).alerts == ()
    assert core.observe(observation(1, payload=b"one", destination="10.0.0.9")).alerts == ()
    (alert,) = core.observe(observation(2, payload=b"two")).alerts

    assert alert.action is Action.SCAN_OPENED
    assert {rule.id: rule.count for rule in alert.rules} == {"test.one": 2, "test.two": 1}


def test_weaker_sightings_of_different_windows_do_not_add_up() -> None:
    core = engine(*[signature(name, Confidence.STRONG) for name in ("one", "two")])

    core.observe(observation(0, payload=b"one"))

    assert core.observe(observation(31, payload=b"two")).alerts == ()


def test_a_message_that_two_signatures_describe_is_one_piece_of_evidence() -> None:
    core = engine(*[signature(name, Confidence.STRONG) for name in ("one", "two", "three")])

    assert core.observe(observation(0, payload=b"one two")).alerts == ()
    (alert,) = core.observe(observation(1, payload=b"three")).alerts

    assert [rule.id for rule in alert.rules] == ["test.one", "test.two", "test.three"]


def test_a_message_adds_only_what_exceeds_the_score_that_it_shares_with_earlier_ones() -> None:
    scores = {Confidence.WEAK: 30, Confidence.STRONG: 50, Confidence.EXCLUSIVE: 100}
    rows = [signature(name, Confidence.STRONG) for name in ("one", "two")]
    core = engine(signature("faint", Confidence.WEAK), *rows, policy=WindowPolicy(scores=scores))

    core.observe(observation(0, payload=b"faint"))

    assert core.observe(observation(1, payload=b"one faint")).alerts == ()  # 30 + 20
    assert core.observe(observation(2, payload=b"one two faint")).alerts == ()  # nothing new
    assert core.observe(observation(3, payload=b"two")).alerts  # 50 more


def test_a_signature_that_another_exceeded_counts_when_it_is_sighted_by_itself() -> None:
    core = engine(*[signature(name, Confidence.STRONG) for name in ("one", "two")])

    core.observe(observation(0, payload=b"one two"))

    assert core.observe(observation(1, payload=b"one")).alerts == ()
    assert core.observe(observation(2, payload=b"two")).alerts


def test_everything_that_one_packet_shows_is_in_one_alert() -> None:
    core = engine(signature("one"), signature("two"))

    (alert,) = core.observe(observation(0, payload=b"one two")).alerts

    assert [rule.id for rule in alert.rules] == ["test.one", "test.two"]


def test_two_scanners_are_two_scans() -> None:
    core = engine()

    assert actions(loud(core, 0)) == [Action.SCAN_OPENED]
    assert actions(loud(core, 1, source="10.0.0.6")) == [Action.SCAN_OPENED]


def test_windows_may_be_keyed_finer_than_by_source() -> None:
    core = engine(policy=WindowPolicy(by=("source", "destination")))

    assert actions(loud(core, 0)) == [Action.SCAN_OPENED]
    assert actions(loud(core, 1, destination="10.0.0.9")) == [Action.SCAN_OPENED]


def test_an_authorised_scanner_is_logged_as_expected_and_not_alerted() -> None:
    audit = Authorisation("weekly audit", (ip_network("10.0.0.0/28"),))
    core = engine(authorised=(audit,))

    alerts = [*loud(core, 0), *loud(core, 1), *core.drain().alerts]

    assert actions(alerts) == [Action.SCAN_EXPECTED, Action.SCAN_EXPECTED]
    assert alerts[-1].expected == "weekly audit"
    assert alerts[-1].sightings == 2


def test_what_is_outside_of_an_authorisation_is_a_scan_of_its_own_and_names_it() -> None:
    audit = Authorisation(
        "audit", (ip_network("10.0.0.5"),),
        targets=(ip_network("10.0.0.8"),), signatures=("test.loud",),
    )  # fmt: skip
    core = engine(signature("loud"), signature("odd"), authorised=(audit,))

    inside = loud(core, 0)
    elsewhere = loud(core, 1, destination="10.0.9.1")
    both = list(core.observe(observation(2, payload=b"loud odd")).alerts)
    closed = core.drain().alerts

    assert [(alert.action, alert.expected) for alert in inside] == [("scan-expected", "audit")]
    (alert,) = elsewhere
    assert (alert.action, alert.targets) == (Action.SCAN_OPENED, ("10.0.9.1",))
    assert (alert.near_authorisation, alert.not_covered_because) == (
        "audit", "target 10.0.9.1 is not among its targets",
    )  # fmt: skip
    assert both == []
    # The packet with both signatures counts for the audit with one of them.
    by_expected = {alert.expected: alert for alert in closed}
    assert by_expected["audit"].sightings == 2
    assert [rule.id for rule in by_expected["audit"].rules] == ["test.loud"]
    assert [rule.id for rule in by_expected[""].rules] == ["test.loud", "test.odd"]
    assert by_expected[""].near_authorisation == "audit"
    assert core._counters.expected == 2


def test_a_scan_of_another_host_is_near_no_authorisation() -> None:
    audit = Authorisation("audit", (ip_network("10.0.0.5"),), signatures=("http.*",))
    core = engine(authorised=(audit,))

    (alert,) = loud(core, 0, source="10.0.0.6")

    assert (alert.near_authorisation, alert.not_covered_because) == ("", "")


def test_an_authorised_address_as_a_decoy_does_not_excuse_the_scanner() -> None:
    audit = Authorisation("audit", (ip_network("10.0.0.5"),), signatures=("http.*",))
    core = engine(authorised=(audit,))
    burst = {"content_hash": 9, "mac": "52:54:00:00:00:01"}

    alerts = loud(core, 0, source="10.0.0.66", **burst)
    alerts += loud(core, 0.1, source="10.0.0.5", **burst)
    alerts += core.drain().alerts

    assert {(alert.source, alert.near_authorisation) for alert in alerts} == {("10.0.0.66", "")}
    assert alerts[-1].decoys == ("10.0.0.5",)


def test_a_scan_is_counted_once_and_an_authorised_one_by_a_counter_of_its_own() -> None:
    audit = Authorisation("weekly audit", (ip_network("10.0.0.0/28"),))
    core = engine(authorised=(audit,))

    for second in (0, 1, 400):
        for source in ("10.0.0.5", "10.0.0.6", "10.0.1.5"):
            loud(core, second, source=source)
    core.drain()

    assert (core._counters.expected_scans, core._counters.alerts) == (4, 2)


def test_the_table_of_windows_has_a_ceiling_and_evicts_the_longest_idle_with_an_alert() -> None:
    core = engine(policy=WindowPolicy(maximum=2))
    loud(core, 0, source="10.0.0.1")
    loud(core, 1, source="10.0.0.2")

    closed, opened = loud(core, 2, source="10.0.0.3")

    assert (closed.source, closed.closed_by) == ("10.0.0.1", "eviction")
    assert (opened.source, opened.action) == ("10.0.0.3", Action.SCAN_OPENED)
    assert core.open_windows == 2


def test_a_copy_of_a_frame_is_not_counted_again() -> None:
    core = engine()
    loud(core, 0, frame_hash=7)

    assert loud(core, 0.01, frame_hash=7, interface="eth1") == []
    (closed,) = core.drain().alerts
    assert (closed.sightings, closed.is_unchanged) == (1, True)


def test_a_host_that_echoes_a_probe_is_not_reported() -> None:
    core = engine()
    loud(core, 0, source_port=50_000, destination_port=7)

    echo = {"source": "10.0.0.8", "source_port": 7, "destination": "10.0.0.5"}
    assert loud(core, 0.1, **echo, destination_port=50_000) == []


def test_a_new_configuration_keeps_open_scans() -> None:
    core = engine()
    loud(core, 0)
    fresh = engine(signature("other"))

    core.reload(fresh._detectors, fresh._allowlist, WindowPolicy())
    (closed,) = core.observe(observation(1, payload=b"other")).alerts or core.drain().alerts

    assert {rule.id for rule in closed.rules} == {"test.loud", "test.other"}


def test_a_clock_that_is_set_back_ends_what_lies_after_it() -> None:
    core = engine()
    opened = loud(core, 3600) + loud(core, 3601)

    closed = core.rewind(NOON).alerts

    assert [alert.closed_by for alert in closed] == ["clock"]
    assert actions(loud(core, 1)) == [Action.SCAN_OPENED]
    assert opened[0].scan_id == closed[0].scan_id


def test_a_clock_that_is_set_back_leaves_what_lies_before_it() -> None:
    core = engine()
    loud(core, 0)

    assert core.rewind(NOON + SECOND).alerts == ()
    assert core.open_windows == 1


# Counting.


def counted(core: Engine) -> dict[str, int]:
    """Return the counters that are not zero."""
    return {name: count for name, count in core._counters.counts().items() if count}


def test_a_candidate_without_a_sighting_is_only_a_candidate() -> None:
    core = engine()
    core.observe(observation(payload=b"nothing"))

    assert counted(core) == {"candidates": 1}


def test_every_sighting_and_every_alert_is_counted() -> None:
    core = engine(signature("one"), signature("two"))
    core.observe(observation(0, payload=b"one two"))
    core.observe(observation(1, payload=b"one"))
    core.drain()

    assert counted(core) == {"candidates": 2, "sightings": 3, "alerts": 1}


def test_expected_sightings_are_counted_as_such_too() -> None:
    core = engine(authorised=(AUDIT,))
    loud(core, 0)
    loud(core, 0, source="10.0.0.6")

    assert counted(core) == {
        "candidates": 2, "sightings": 2, "expected": 1, "alerts": 1, "expected_scans": 1,
    }  # fmt: skip


def test_duplicates_and_replies_are_counted_and_nothing_else_of_them() -> None:
    core = engine()
    loud(core, 0, frame_hash=7)
    loud(core, 0, frame_hash=7)
    back = {"source": "10.0.0.8", "source_port": 80, "destination": "10.0.0.5"}
    loud(core, 1, **back, destination_port=40_000)

    assert counted(core) == {
        "candidates": 3, "sightings": 1, "alerts": 1, "duplicates": 1, "replies": 1,
    }  # fmt: skip


def test_windows_that_end_without_an_alert_are_counted() -> None:
    core = engine(signature("faint", Confidence.WEAK))
    core.observe(observation(0, payload=b"faint"))
    core.tick(NOON + 30 * SECOND)

    assert counted(core) == {"candidates": 1, "sightings": 1, "below_threshold": 1}


# The order of steps.


def test_a_duplicate_of_a_reply_is_a_duplicate() -> None:
    core = engine()
    loud(core, 0)
    back = {"source": "10.0.0.8", "source_port": 80, "destination": "10.0.0.5"}
    for _ in range(2):
        loud(core, 1, **back, destination_port=40_000, frame_hash=7)

    assert (core._counters.replies, core._counters.duplicates) == (1, 1)


def test_what_is_dropped_keeps_no_window_open() -> None:
    core = engine()
    loud(core, 0, frame_hash=7)
    loud(core, 1)
    loud(core, 0.5, frame_hash=7)

    assert actions(list(core.tick(NOON + 31 * SECOND).alerts)) == [Action.SCAN_CLOSED]


def test_packets_without_a_sighting_fill_no_table() -> None:
    core = engine()
    for number in range(9):
        core.observe(observation(number, payload=b"nothing", source=f"10.0.0.{number}"))

    assert not core._deduplicator._frames
    assert not core._reply_filter._probes
    assert not core._decoys._packets
    assert core.open_windows == 0


def test_a_reload_with_other_keys_closes_open_scans() -> None:
    core = engine()
    loud(core, 0)
    loud(core, 1)

    policy = WindowPolicy(by=("source", "destination"))
    (closed,) = core.reload(core._detectors, core._allowlist, policy).alerts

    assert (closed.action, closed.closed_by) == (Action.SCAN_CLOSED, "shutdown")
    (opened,) = loud(core, 2)
    assert opened.identity == "source=10.0.0.5&destination=10.0.0.8"


def test_a_reload_with_the_same_keys_closes_nothing() -> None:
    core = engine()
    loud(core, 0)
    loud(core, 1)

    assert core.reload(core._detectors, core._allowlist, WindowPolicy(seconds=5)).alerts == ()
    assert core.tick(NOON + 6 * SECOND).alerts


def test_a_reload_applies_the_new_allowlist() -> None:
    core = engine()
    audit = Authorisation("audit", (ip_network("10.0.0.5"),))

    core.reload(core._detectors, Allowlist((audit,)), WindowPolicy())

    assert actions(loud(core, 0)) == [Action.SCAN_EXPECTED]


def test_a_rewind_drops_the_packets_of_correlations() -> None:
    several = Correlation((), ("destination_port",), 2)
    core = engine(replace(signature("loud"), correlate=several))
    loud(core, 0, destination_port=1)

    core.rewind(NOON)

    assert loud(core, 0, destination_port=2) == []
    assert loud(core, 0, destination_port=3)


def test_a_decoy_stays_one_for_the_seconds_of_a_window() -> None:
    for gap, sources in ((30, 1), (30.001, 2)):
        core = engine(policy=WindowPolicy(seconds=30))
        burst = {"content_hash": 7, "mac": "a"}
        loud(core, 0, source="10.0.0.5", **burst)
        loud(core, 0, source="10.0.0.6", **burst)
        loud(core, 20, source="10.0.0.5", content_hash=8, mac="a")

        loud(core, gap, source="10.0.0.6", content_hash=9, mac="a")

        assert core.open_windows == sources


def test_a_restored_scan_is_open_and_an_idle_one_is_closed() -> None:
    before = engine(track_changes=True)
    loud(before, 0)
    loud(before, 1)
    kept = before.unsaved_changes(1).kept

    core = engine()
    assert core.restore(kept, NOON + 2 * SECOND).alerts == ()
    assert core.open_windows == 1
    (closed,) = engine().restore(kept, NOON + 31 * SECOND).alerts
    assert closed.closed_by == "idle"


def test_changes_are_tracked_and_kept_only_if_asked() -> None:
    assert not engine().observe(observation(0, payload=b"loud")).changes

    core = engine(track_changes=True)
    assert core.observe(observation(0, payload=b"loud")).changes.kept
    loud(core, 1)
    assert not core.drain().changes.kept
