"""The table opens, continues, closes and evicts windows by its policy."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution.allowlist import Coverage
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.table import (
    MAXIMUM_WAIT_SECONDS,
    WindowPolicy,
    WindowTable,
)
from tests.building import NOON, SECOND, observation, signature

# Scans that open in a minute by default, without and with an implied handshake.
BARE, PROVEN = 60, 600


def seen(
    table: WindowTable,
    at: float,
    confidence: Confidence = Confidence.EXCLUSIVE,
    expected: str = "",
    canonical: str = "",
    **changes: object,
) -> list[Alert]:
    found = observation(at, **changes)
    rule = signature(confidence.value, confidence).rule
    return table.add([Sighting(rule, found, ())], Coverage(expected), canonical or found.source)


def after(seconds: float) -> int:
    return NOON + int(seconds * SECOND)


def summary(alerts: list[Alert]) -> list[tuple[str, str, str]]:
    return [(alert.action.value, alert.source, alert.closed_by) for alert in alerts]


@pytest.mark.parametrize(("number", "bare"), [(1, 1), (10, 1), (11, 2), (600, BARE)])
def test_a_tenth_as_many_scans_open_without_a_handshake(number: int, bare: int) -> None:
    policy = WindowPolicy(scans_per_minute=number)

    assert (policy.openings(True), policy.openings(False)) == (number, bare)


def test_the_defaults_are_those_of_the_configuration_file() -> None:
    policy = WindowPolicy()

    assert (policy.seconds, policy.continue_seconds, policy.by) == (30, 300, ("source",))
    assert (policy.threshold, policy.maximum) == (100, 65_536)
    assert policy.scans_per_minute == PROVEN
    assert policy.scores == {
        Confidence.EXCLUSIVE: 100, Confidence.STRONG: 90, Confidence.WEAK: 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "alert_count", "wait"),
    [(300, 1, 300), (300, 2, 1200), (300, 3, 4800), (1, 9, 65_536), (1, 10, 86_400),
     (1, 11, 86_400), (86_401, 1, MAXIMUM_WAIT_SECONDS), (0, 7, 0)],
)  # fmt: skip
def test_each_alert_of_a_scan_waits_longer_than_the_last_but_a_day_at_most(
    seconds: int, alert_count: int, wait: int
) -> None:
    assert WindowPolicy(continue_seconds=seconds).wait(alert_count) == wait * SECOND


def test_an_alert_opens_at_the_threshold_and_not_below() -> None:
    for threshold, opens in ((90, True), (91, False)):
        table = WindowTable(WindowPolicy(threshold=threshold))

        assert bool(seen(table, 0, Confidence.STRONG)) is opens
        assert len(table) == int(opens)


def test_a_window_closes_when_it_was_idle_for_its_seconds() -> None:
    table = WindowTable(WindowPolicy(seconds=10))
    seen(table, 0)
    seen(table, 5)

    assert table.advance(after(15) - 1) == []
    assert summary(table.advance(after(15))) == [("scan-closed", "10.0.0.5", "idle")]
    assert len(table) == 0


def test_every_window_that_is_idle_closes_at_once_with_an_alert_each() -> None:
    sources = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    closings: list[tuple[Callable[[WindowTable], list[Alert]], str]] = [
        (lambda table: table.advance(after(60)), "idle"),
        (lambda table: table.rewind(after(0.5)), "clock"),
        (lambda table: table.drain(), "shutdown"),
    ]
    for close, reason in closings:
        table = WindowTable(WindowPolicy())
        for at in (0, 1):
            for source in sources:
                seen(table, at, source=source)

        assert summary(close(table)) == [("scan-closed", source, reason) for source in sources]


def test_the_next_packet_closes_idle_windows_before_it_counts() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0)
    seen(table, 1)

    assert summary(seen(table, 31)) == [
        ("scan-closed", "10.0.0.5", "idle"),
        ("scan-opened", "10.0.0.5", ""),
    ]


def test_a_suspect_that_is_idle_is_below_the_threshold() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0, Confidence.WEAK)

    table.advance(after(30) - 1)
    assert table.below_threshold == 0
    assert table.advance(after(30)) == []
    assert table.below_threshold == 1


def test_a_suspect_stays_as_long_as_it_is_active() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0, Confidence.WEAK, source="10.0.0.1")
    seen(table, 1, Confidence.WEAK, source="10.0.0.2")
    seen(table, 20, Confidence.WEAK, source="10.0.0.1")

    table.advance(after(31))
    assert table.below_threshold == 1
    table.advance(after(50))
    assert table.below_threshold == 2


def test_windows_that_are_active_do_not_delay_those_that_are_idle() -> None:
    table = WindowTable(WindowPolicy())
    for source in ("10.0.0.1", "10.0.0.2"):
        seen(table, 0, source=source)
        seen(table, 1, source=source)
    seen(table, 20, source="10.0.0.1")

    assert summary(table.advance(after(31))) == [("scan-closed", "10.0.0.2", "idle")]


def test_a_scan_continues_with_news_once_it_is_due() -> None:
    table = WindowTable(WindowPolicy(continue_seconds=10))
    seen(table, 0)

    assert seen(table, 9.999, destination="10.0.0.9") == []
    assert summary(seen(table, 10)) == [("scan-continues", "10.0.0.5", "")]
    assert seen(table, 39) == []
    assert seen(table, 49.999, destination="10.0.0.10") == []
    assert summary(seen(table, 50)) == [("scan-continues", "10.0.0.5", "")]


def test_every_scan_that_was_reported_is_closed_unchanged_if_no_sighting_followed() -> None:
    table = WindowTable(WindowPolicy(continue_seconds=1))
    (opened,) = seen(table, 0)
    (unchanged,) = table.advance(after(60))

    seen(table, 100)
    (continued,) = seen(table, 102, destination="10.0.0.9")
    (closed,) = table.advance(after(160))

    seen(table, 200)
    seen(table, 201)
    (grown,) = table.advance(after(260))

    assert summary([unchanged, closed, grown]) == [("scan-closed", "10.0.0.5", "idle")] * 3
    assert [one.is_unchanged for one in (opened, unchanged)] == [False, True]
    assert [one.is_unchanged for one in (continued, closed)] == [False, True]
    assert not grown.is_unchanged


def test_decoys_are_reported_when_the_first_address_sends_again() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0)
    assert seen(table, 0, source="10.0.0.66", canonical="10.0.0.5") == []

    (alert,) = seen(table, 1)
    assert (alert.source, alert.decoys) == ("10.0.0.5", ("10.0.0.66",))
    assert seen(table, 2) == []


def test_a_proof_of_the_source_is_reported_at_once() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0, transport=Transport.UDP, payload=b"loud")

    (alert,) = seen(table, 1, payload=b"loud")
    assert (alert.action, alert.caveats) == (Action.SCAN_CONTINUES, ())
    assert seen(table, 2, payload=b"loud") == []


def test_a_confidence_that_is_no_longer_weak_is_reported_at_once() -> None:
    table = WindowTable(WindowPolicy(threshold=10))
    seen(table, 0, Confidence.WEAK)

    (alert,) = seen(table, 1, Confidence.EXCLUSIVE)
    assert alert.confidence is Confidence.EXCLUSIVE
    assert seen(table, 2, Confidence.STRONG) == []


def test_a_changed_source_and_a_second_one_are_reported_at_once_however_long_the_wait() -> None:
    table = WindowTable(WindowPolicy(continue_seconds=86_400))
    seen(table, 0)
    seen(table, 0, source="10.0.0.66", canonical="10.0.0.5")
    seen(table, 1)

    (changed,) = seen(table, 2, source="10.0.0.66", canonical="10.0.0.5", payload=b"loud")
    assert (changed.source, changed.decoys, changed.caveats) == ("10.0.0.66", ("10.0.0.5",), ())
    assert changed.identity == "source=10.0.0.66"
    (conflict,) = seen(table, 3, payload=b"loud")
    assert (conflict.source, conflict.caveats) == ("10.0.0.66", ("spoofable",))
    assert seen(table, 4, source="10.0.0.66", canonical="10.0.0.5", payload=b"loud") == []


def test_an_address_that_joins_waits_no_longer_with_each_alert() -> None:
    table = WindowTable(WindowPolicy(continue_seconds=10))
    seen(table, 0)
    for number, at in enumerate((1, 11, 21, 31)):
        seen(table, at - 0.5, source=f"10.0.1.{number}", canonical="10.0.0.5")

        (alert,) = seen(table, at)
        assert len(alert.decoys) == number + 1


def test_the_canonical_source_keys_the_window() -> None:
    table = WindowTable(WindowPolicy(by=("source", "destination_port")))
    seen(table, 0)
    seen(table, 0, source="10.0.0.66", canonical="10.0.0.5")
    seen(table, 0, source="10.0.0.66", canonical="10.0.0.5", destination_port=81)

    assert len(table) == 2


def test_the_first_address_of_a_decoy_s_own_window_is_no_decoy() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0, source="10.0.0.66", canonical="10.0.0.5")
    seen(table, 1, source="10.0.0.66", canonical="10.0.0.5")

    (closed,) = table.drain()
    assert (closed.source, closed.decoys) == ("10.0.0.66", ())


def test_an_authorised_and_an_unauthorised_sighting_are_two_windows() -> None:
    table = WindowTable(WindowPolicy())

    alerts = seen(table, 0) + seen(table, 1, expected="audit")

    assert [alert.action for alert in alerts] == [Action.SCAN_OPENED, Action.SCAN_EXPECTED]
    assert [alert.identity for alert in alerts] == [
        "source=10.0.0.5", "source=10.0.0.5&expected=audit",
    ]  # fmt: skip


# The ceiling.


def test_a_suspect_is_evicted_before_a_scan_and_the_least_recently_active_one_first() -> None:
    table = WindowTable(WindowPolicy(maximum=3))
    seen(table, 0, source="10.0.0.1")
    seen(table, 1, Confidence.WEAK, source="10.0.0.2")
    seen(table, 2, Confidence.WEAK, source="10.0.0.3")
    seen(table, 3, Confidence.WEAK, source="10.0.0.2")

    assert seen(table, 4, Confidence.WEAK, source="10.0.0.4") == []
    assert (len(table), table.below_threshold) == (1, 1)

    assert seen(table, 5, Confidence.STRONG, source="10.0.0.2"), "it was kept, with its score"
    assert seen(table, 6, Confidence.STRONG, source="10.0.0.3") == [], "its score was dropped"


def test_of_two_suspects_one_is_evicted_rather_than_a_scan() -> None:
    table = WindowTable(WindowPolicy(maximum=2))
    seen(table, 0, source="10.0.0.1")
    seen(table, 1, Confidence.WEAK, source="10.0.0.2")

    assert seen(table, 2, Confidence.WEAK, source="10.0.0.3") == []
    assert (len(table), table.below_threshold) == (1, 1)


def test_a_new_suspect_evicts_a_scan_rather_than_itself() -> None:
    table = WindowTable(WindowPolicy(maximum=1))
    seen(table, 0, source="10.0.0.1")

    alerts = seen(table, 1, Confidence.WEAK, source="10.0.0.2")

    assert summary(alerts) == [("scan-closed", "10.0.0.1", "eviction")]
    assert (len(table), table.below_threshold) == (0, 0)


def test_the_scan_that_is_evicted_is_the_least_recently_active() -> None:
    table = WindowTable(WindowPolicy(maximum=2))
    seen(table, 0, source="10.0.0.1")
    seen(table, 1, source="10.0.0.2")
    seen(table, 2, source="10.0.0.1")

    alerts = seen(table, 3, source="10.0.0.3")
    assert summary(alerts)[0] == ("scan-closed", "10.0.0.2", "eviction")


def test_a_full_table_records_windows_that_it_has() -> None:
    table = WindowTable(WindowPolicy(maximum=2))
    for at in (0, 1):
        for source in ("10.0.0.1", "10.0.0.2"):
            assert all(alert.closed_by == "" for alert in seen(table, at, source=source))
    assert len(table) == 2


def filled(number: int = 5) -> WindowTable:
    """Return a table that has a scan with and one without a handshake, and such suspects."""
    table = WindowTable(WindowPolicy(maximum=number))
    seen(table, 0, source="10.0.1.1", payload=b"loud")
    seen(table, 0, source="10.0.1.2")
    seen(table, 0, Confidence.WEAK, source="10.0.1.3", payload=b"loud")
    seen(table, 0, Confidence.WEAK, source="10.0.1.4")
    return table


def sources(table: WindowTable) -> list[str]:
    return sorted(window.record.source for window in table._windows.values())


def test_what_anyone_can_forge_is_evicted_first_and_a_proven_scan_last() -> None:
    table = filled(4)
    evicted = []
    for number in range(4):
        before = set(sources(table))
        seen(table, 1, source=f"10.0.2.{number}", payload=b"loud")
        evicted += sorted(before - set(sources(table)))

    assert evicted == ["10.0.1.4", "10.0.1.3", "10.0.1.2", "10.0.1.1"]
    assert table.evicted == 4


def test_a_scan_counted_in_a_summary_is_evicted_before_all_and_at_no_cost() -> None:
    table = filled(5)
    table.policy = replace(table.policy, scans_per_minute=1)
    seen(table, 0, source="10.0.1.5")
    assert table.folded == 1

    seen(table, 1, Confidence.WEAK, source="10.0.1.6")

    assert sources(table) == ["10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.6"]
    assert (table.evicted, table.below_threshold) == (0, 0)


def test_forged_data_cannot_evict_all_suspects_without_any() -> None:
    table = WindowTable(WindowPolicy(maximum=10))
    for number in range(4):
        seen(table, 0, Confidence.WEAK, source=f"10.0.1.{number}")
    for number in range(50):
        seen(table, 1, Confidence.WEAK, source=f"10.0.2.{number}", payload=b"loud")

    assert sources(table)[:4] == [f"10.0.1.{number}" for number in range(4)]


# Floods.


def flood(
    table: WindowTable, at: float, number: int, network: str = "10.9", **changes: object
) -> list[Alert]:
    alerts = []
    for n in range(number):
        source = f"{network}.{n // 256}.{n % 256}"
        alerts += seen(table, at + n / 100_000, source=source, **changes)  # type: ignore[arg-type]
    return alerts


def test_beyond_a_rate_scans_that_may_be_forged_are_counted_in_a_summary() -> None:
    table = WindowTable(WindowPolicy())
    opened = flood(table, 0, 1000)
    assert table.take_summaries() == ()

    table.advance(after(2))
    (found,) = table.take_summaries()

    assert len(opened) == len(table) == BARE
    assert (found.sources, found.caveats) == (1000 - BARE, ("spoofable",))
    assert table.folded == 1000 - BARE
    assert table.take_summaries() == ()


def test_a_flood_delays_no_scan_whose_source_is_proven_and_the_reverse() -> None:
    table = WindowTable(WindowPolicy())
    flood(table, 0, 1000)
    assert summary(seen(table, 0.5, payload=b"loud")) == [("scan-opened", "10.0.0.5", "")]

    table = WindowTable(WindowPolicy())
    assert len(flood(table, 0, 1000, payload=b"loud", destination_port=443)) == PROVEN
    assert summary(seen(table, 0.5)) == [("scan-opened", "10.0.0.5", "")]
    table.advance(after(2))
    (proven,) = table.take_summaries()
    assert (proven.sources, proven.caveats) == (1000 - PROVEN, ())


def test_a_scan_counted_in_a_summary_is_opened_once_its_source_is_proven() -> None:
    table = WindowTable(WindowPolicy())
    flood(table, 0, 1000)
    assert seen(table, 0.5) == []

    (alert,) = seen(table, 0.6, payload=b"loud")
    assert (alert.action, alert.caveats, alert.sightings) == (Action.SCAN_OPENED, (), 2)
    assert alert.start == after(0.5)


def test_of_a_flood_what_lasts_is_opened_by_itself() -> None:
    table = WindowTable(WindowPolicy())
    flood(table, 0, 1000)
    seen(table, 0.5)

    assert seen(table, 5.4) == []
    flood(table, 5.41, 1000, "10.8")
    (alert,) = seen(table, 5.5)
    assert (alert.action, alert.caveats) == (Action.SCAN_OPENED, ("spoofable",))


def test_what_lasts_is_limited_as_well() -> None:
    table = WindowTable(WindowPolicy())
    flood(table, 0, 1000)

    assert len(flood(table, 6, 1000)) == BARE


def test_a_scan_counted_in_a_summary_is_counted_once_and_is_not_below_the_threshold() -> None:
    table = WindowTable(WindowPolicy())
    for at in (0, 1, 2):
        flood(table, at, 1000)
    assert table.folded == 1000 - BARE

    table.advance(after(60))
    assert table.below_threshold == 0
    assert len(table._windows) == 0


def test_a_scan_counted_in_a_summary_is_not_saved() -> None:
    table = WindowTable(WindowPolicy(), track_changes=True)
    flood(table, 0, 100)
    seen(table, 1)

    assert len(table.changes(1000).kept) == BARE
    table.drain(keep=True)
    assert len(table.changes(1000).kept) == BARE


@pytest.mark.parametrize("reason", ["shutdown", "clock"])
def test_a_flood_ends_with_the_service_and_when_the_clock_is_set_back(reason: str) -> None:
    table = WindowTable(WindowPolicy())
    flood(table, 0, 100)
    if reason == "shutdown":
        table.drain()
    else:
        table.rewind(after(-200))

    (found,) = table.take_summaries()
    assert (found.sources, found.closed_by) == (100 - BARE, reason)
    assert len(flood(table, -199, 100)) == (BARE if reason == "clock" else 0)


# The clock, and the end.


def test_a_rewind_closes_what_is_after_it_and_keeps_the_rest() -> None:
    table = WindowTable(WindowPolicy())
    for source, last in (("10.0.0.1", 1), ("10.0.0.2", 2)):
        seen(table, 0, source=source)
        seen(table, last, source=source)
    seen(table, 1, Confidence.WEAK, source="10.0.0.3")
    seen(table, 2, Confidence.WEAK, source="10.0.0.4")

    assert summary(table.rewind(after(1))) == [("scan-closed", "10.0.0.2", "clock")]

    assert (len(table), table.below_threshold) == (1, 1)
    assert seen(table, 2, Confidence.STRONG, source="10.0.0.3"), "it was kept, with its score"


def test_a_drain_closes_every_window() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0)
    seen(table, 1)
    seen(table, 2, Confidence.WEAK, source="10.0.0.6")

    assert summary(table.drain()) == [("scan-closed", "10.0.0.5", "shutdown")]

    assert (len(table), table.below_threshold) == (0, 1)
    assert table.drain() == []
    assert table.below_threshold == 1


def test_a_closing_alert_has_the_time_of_the_last_sighting() -> None:
    table = WindowTable(WindowPolicy())
    seen(table, 0)
    seen(table, 7)

    (closed,) = table.drain()
    assert (closed.at, closed.end) == (after(7), after(7))


# Restored windows.


def test_a_restored_window_continues() -> None:
    first = WindowTable(WindowPolicy(), track_changes=True)
    seen(first, 0)
    seen(first, 1)
    (record,) = first.changes(1).kept

    table = WindowTable(WindowPolicy())
    assert table.restore([record], after(30)) == []
    assert len(table) == 1
    assert summary(table.advance(after(31))) == [("scan-closed", "10.0.0.5", "idle")]


def test_a_restored_window_that_was_closed_is_not_closed_again_unless_it_continues() -> None:
    first = WindowTable(WindowPolicy(), track_changes=True)
    seen(first, 0)
    seen(first, 1)
    first.drain(keep=True)
    (record,) = first.changes(0).kept

    table = WindowTable(WindowPolicy())
    table.restore([record], after(2))
    assert table.advance(after(31)) == []

    table = WindowTable(WindowPolicy())
    table.restore([record], after(2))
    assert summary(seen(table, 3)) == [("scan-continues", "10.0.0.5", "")]
    assert seen(table, 4) == []
    assert summary(table.drain()) == [("scan-closed", "10.0.0.5", "shutdown")]


def test_windows_that_do_not_fit_a_smaller_policy_are_closed() -> None:
    first = WindowTable(WindowPolicy(), track_changes=True)
    seen(first, 0)
    seen(first, 1)
    (record,) = first.changes(1).kept

    table = WindowTable(WindowPolicy(by=("mac",)))
    assert summary(table.restore([record], after(2))) == [("scan-closed", "10.0.0.5", "shutdown")]

    table = WindowTable(WindowPolicy())
    future = replace(record, last=after(33))
    assert summary(table.restore([future], after(2))) == [("scan-closed", "10.0.0.5", "shutdown")]
    assert table.restore([replace(record, last=after(32))], after(2)) == []


def test_a_scan_that_is_evicted_is_closed_with_totals() -> None:
    table = WindowTable(WindowPolicy(maximum=1))
    seen(table, 0)

    closed, opened = seen(table, 1, source="10.0.0.6")

    assert (closed.closed_by, closed.is_unchanged, closed.sequence) == ("eviction", True, 2)
    assert (opened.source, opened.sequence) == ("10.0.0.6", 1)


def test_what_was_sent_at_once_makes_nothing_wait_longer() -> None:
    table = WindowTable(WindowPolicy(continue_seconds=10))
    seen(table, 0)
    (corrected,) = seen(table, 1, payload=b"loud", destination_port=22)
    assert corrected.is_raised

    assert seen(table, 10, destination="10.0.0.9") == []
    (due,) = seen(table, 11)
    assert due.targets == ("10.0.0.8", "10.0.0.9")
