"""Results are stored as JSON, and parts of them can be measured again."""

from xml.etree import ElementTree as ET

from benchmarks import results
from benchmarks.plot import svg
from benchmarks.results import Result
from tests.benchmarks.building import comparison, row

ORDER = ["replay", "live", "memory"]


def result(name: str, rate: float, date: str) -> Result:
    return Result(name, {"date": date}, comparison(row("nmapwatchd", rate), row("peer", 1)))


def test_written_results_can_be_read() -> None:
    written = [result("replay", 3, "2026-01-01"), result("live", 2, "2026-01-02")]

    assert results.read(results.to_json(written)) == written


def test_new_results_replace_only_those_of_the_same_comparison() -> None:
    old = [result("replay", 3, "old"), result("live", 2, "old"), result("live", 4, "old")]

    merged = results.merged(old, [result("live", 9, "new")], ORDER)

    assert [(one.name, one.conditions["date"]) for one in merged] == [
        ("replay", "old"), ("live", "new"),
    ]  # fmt: skip


def test_results_are_in_the_order_of_the_comparisons() -> None:
    merged = results.merged([result("memory", 1, "old")], [result("replay", 1, "new")], ORDER)

    assert [one.name for one in merged] == ["replay", "memory"]


def test_results_of_a_removed_comparison_are_dropped() -> None:
    assert results.merged([result("gone", 1, "old")], [], ORDER) == []


def test_the_page_contains_goals_and_conditions() -> None:
    rows = row("nmapwatchd replay", 2), row("suricata -r", 1)
    page = results.to_markdown([Result("replay", {"date": "2026-01-01"}, comparison(*rows))])

    assert "| a replay is no slower than Suricata's (replay of a mix) | 2 times as good |" in page
    assert "date 2026-01-01" in page


def test_the_chart_has_a_bar_for_each_sensor_but_the_first() -> None:
    chart = ET.fromstring(svg([comparison(row("nmapwatchd", 9), row("a", 3), row("b & c", 1))]))

    bars = [
        bar for bar in chart.findall(".//{http://www.w3.org/2000/svg}rect") if "class" in bar.attrib
    ]
    assert [bar.attrib["class"] for bar in bars] == ["better", "better"]
    assert float(bars[0].attrib["width"]) < float(bars[1].attrib["width"])
