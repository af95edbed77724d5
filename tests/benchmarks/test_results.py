"""Results are kept as JSON, of which parts can be measured anew."""

from xml.etree import ElementTree as ET

from benchmarks import results
from benchmarks.plot import svg
from benchmarks.results import Result
from tests.benchmarks.building import pairing, row

ORDER = ["replay", "live", "memory"]


def result(asked: str, rate: float, date: str) -> Result:
    return Result(asked, {"date": date}, pairing(row("ours", rate), row("theirs", 1)))


def test_what_is_written_is_read_again() -> None:
    written = [result("replay", 3, "2026-01-01"), result("live", 2, "2026-01-02")]

    assert results.read(results.document(written)) == written


def test_what_is_measured_anew_takes_the_old_ones_place_alone() -> None:
    old = [result("replay", 3, "old"), result("live", 2, "old"), result("live", 4, "old")]

    merged = results.merged(old, [result("live", 9, "new")], ORDER)

    assert [(one.asked, one.about["date"]) for one in merged] == [
        ("replay", "old"), ("live", "new"),
    ]  # fmt: skip


def test_results_stand_in_the_order_of_the_pairings() -> None:
    merged = results.merged([result("memory", 1, "old")], [result("replay", 1, "new")], ORDER)

    assert [one.asked for one in merged] == ["replay", "memory"]


def test_a_pairing_that_exists_no_more_is_dropped() -> None:
    assert results.merged([result("gone", 1, "old")], [], ORDER) == []


def test_the_page_tells_goals_and_tables() -> None:
    rows = row("nmapwatchd replay", 2), row("suricata -r", 1)
    page = results.page([Result("replay", {"date": "2026-01-01"}, pairing(*rows))])

    assert "| a replay is no slower than Suricata's (replay of a mix) | 2 times as good |" in page
    assert "date 2026-01-01" in page


def test_the_drawing_has_a_bar_for_each_contender_but_the_first() -> None:
    drawing = ET.fromstring(svg([pairing(row("ours", 9), row("a", 3), row("b & c", 1))]))

    bars = [
        bar
        for bar in drawing.findall(".//{http://www.w3.org/2000/svg}rect")
        if "class" in bar.attrib
    ]
    assert [bar.attrib["class"] for bar in bars] == ["better", "better"]
    assert float(bars[0].attrib["width"]) < float(bars[1].attrib["width"])
