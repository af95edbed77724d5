"""Scans that are not reported one by one are summarised at growing intervals, with totals."""

import pytest

from nmapwatchd.core.alert import Action, FloodSummary
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows import flood as module
from nmapwatchd.core.windows.flood import FloodCounter
from nmapwatchd.core.windows.record import WindowRecord
from tests.building import NOON, SECOND, signature

IDLE = 30 * SECOND


def scan(number: int, at: float, *names: str) -> WindowRecord:
    """Return the record of one of many scans, with rules of some names."""
    source, last = f"198.51.100.{number}", NOON + int(at * SECOND)
    rules = [signature(name, Confidence.EXCLUSIVE).rule for name in names or ("loud",)]
    return WindowRecord(
        ("source",), (source, ""), "", source, last, last,
        rules={rule.id: rule for rule in rules},
        targets={"10.0.0.8": None},
        ports={80 + number: None},
        macs={f"02:00:00:00:00:{number:02x}": None},
        vlans={"12": None},
        interfaces={"eth0": None},
    )  # fmt: skip


def advanced(counter: FloodCounter, at: float) -> list[FloodSummary]:
    return counter.advance(NOON + int(at * SECOND), IDLE)


def test_a_summary_names_the_first_sources_and_counts_all() -> None:
    counter = FloodCounter()
    for number in range(40):
        counter.add(scan(number, 0.01 * number), ("spoofable",))

    (summary,) = advanced(counter, 1)

    assert (summary.action, summary.sources, summary.closed_by) == (Action.SCAN_FLOOD, 40, "")
    assert summary.listed == tuple(f"198.51.100.{number}" for number in range(32))
    assert (len(summary.macs), summary.macs_omitted) == (32, 8)
    assert (summary.targets, summary.targets_omitted) == (("10.0.0.8",), 0)
    assert (len(summary.ports), summary.ports_omitted) == (32, 8)
    assert (summary.vlans, summary.interfaces) == (("12",), ("eth0",))
    assert [(rule.id, rule.count) for rule in summary.rules] == [("test.loud", 40)]
    assert (summary.tool, summary.caveats) == ("nmap", ("spoofable",))
    assert (summary.start, summary.end) == (NOON, NOON + int(0.39 * SECOND))
    assert summary.at == NOON + SECOND


def test_the_most_frequent_rule_comes_first() -> None:
    counter = FloodCounter()
    counter.add(scan(1, 0, "rare", "usual"))
    counter.add(scan(2, 0, "usual"))

    (summary,) = advanced(counter, 1)
    assert [(rule.id, rule.count) for rule in summary.rules] == [
        ("test.usual", 2),
        ("test.rare", 1),
    ]


def test_a_flood_is_summarised_after_a_second_a_minute_and_then_ever_more_rarely() -> None:
    counter = FloodCounter()
    times = []
    for at in range(0, 86_400, 10):
        counter.add(scan(at % 256, at))
        times += [at for _ in advanced(counter, at)]

    assert times == [10, 70, 250, 790, 2410, 7270, 21_850, 65_590]


def test_the_longest_wait_is_a_day() -> None:
    flood = module._Flood(NOON, NOON, summaries=9, reported_at=NOON)

    assert flood.due_at == NOON + 86_400 * SECOND


def test_without_further_scans_there_is_no_further_summary() -> None:
    counter = FloodCounter()
    counter.add(scan(1, 0))
    assert advanced(counter, 0.999) == []
    assert len(advanced(counter, 1)) == 1
    assert advanced(counter, 29.9) == []


def test_an_idle_flood_is_over_and_its_totals_are_reported() -> None:
    complete, grown = FloodCounter(), FloodCounter()
    for counter in (complete, grown):
        counter.add(scan(1, 0))
        advanced(counter, 1)
    grown.add(scan(2, 5))

    (same,) = advanced(complete, 30)
    (last,) = advanced(grown, 35)
    assert (same.sources, same.closed_by, same.at) == (1, "idle", NOON)
    assert (last.sources, last.closed_by, last.at) == (2, "idle", NOON + 5 * SECOND)
    assert advanced(complete, 99) == advanced(grown, 99) == []


def test_the_summaries_of_a_flood_are_numbered_from_one() -> None:
    counter = FloodCounter()
    counter.add(scan(1, 0))
    first = advanced(counter, 1)
    counter.add(scan(2, 40))

    assert [one.sequence for one in (*first, *advanced(counter, 61), *counter.end("idle"))] == [
        1, 2, 3,
    ]  # fmt: skip


def test_a_flood_that_is_ended_before_its_first_summary_is_reported() -> None:
    counter = FloodCounter()
    counter.add(scan(1, 0))

    (summary,) = counter.end("shutdown")
    assert (summary.sources, summary.closed_by) == (1, "shutdown")
    assert counter.end("shutdown") == []


def test_all_summaries_of_a_flood_have_its_id_and_another_flood_has_another() -> None:
    counter, other = FloodCounter("one"), FloodCounter("another")
    counter.add(scan(1, 0))
    other.add(scan(1, 0))
    (first,) = advanced(counter, 1)
    (elsewhere,) = advanced(other, 1)
    counter.add(scan(2, 2))
    (last,) = counter.end("idle")
    counter.add(scan(1, 100))
    (later,) = counter.end("idle")

    assert first.flood_id == last.flood_id
    assert len({first.flood_id, elsewhere.flood_id, later.flood_id}) == 3


def test_what_a_flood_stores_has_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_TRACKED", 3)
    counter = FloodCounter()
    for number in range(9):
        counter.add(scan(number, 0, f"rule-{number}"))

    (summary,) = advanced(counter, 1)
    assert (len(summary.macs), len(summary.ports), len(summary.rules)) == (3, 3, 3)
    assert summary.sources == 9


def test_the_last_scan_is_the_latest_whatever_the_order_of_arrival() -> None:
    counter = FloodCounter()
    for at in (1, 5, 3):
        counter.add(scan(1, at))

    (summary,) = counter.end("idle")
    assert summary.end == NOON + 5 * SECOND
