"""Of a source that is shed, a few lines in each second are processed."""

import pytest

from nmapwatchd.capture.shed_lines import LINES_PER_SECOND, ShedLines
from nmapwatchd.core.shedding import NONE_SHED, ShedSources

SOURCES = ShedSources(limited=("10.0.0.5", "2001:db8::5"), blocked=("10.0.0.6",))


def line(source: str, time: str = "1795348800.000000001") -> bytes:
    ends = ("", source, "", "fd00::8") if ":" in source else (source, "", "10.0.0.8", "")
    return "\t".join((*ends, time, "the rest")).encode()


def dropped(shed: ShedLines, source: str, count: int, time: str = "1795348800.5") -> int:
    return sum(shed.is_dropped(line(source, time)) for _ in range(count))


@pytest.mark.parametrize("source", SOURCES.addresses)
def test_lines_of_a_shed_source_have_one_of_the_prefixes(source: str) -> None:
    assert line(source).startswith(ShedLines(SOURCES).prefixes)


@pytest.mark.parametrize("source", ["10.0.0.55", "110.0.0.5", "2001:db8::55", "10.0.0.8"])
def test_lines_of_other_sources_have_none(source: str) -> None:
    assert not line(source).startswith(ShedLines(SOURCES).prefixes)
    assert ShedLines(NONE_SHED).prefixes == ()


@pytest.mark.parametrize("source", SOURCES.addresses)
def test_beyond_a_few_in_a_second_lines_are_dropped(source: str) -> None:
    shed = ShedLines(SOURCES)

    assert dropped(shed, source, LINES_PER_SECOND) == 0
    assert dropped(shed, source, 7) == 7
    assert dropped(shed, source, 7, "1795348801.0") == 0


def test_each_source_has_its_own_few() -> None:
    shed = ShedLines(SOURCES)
    dropped(shed, "10.0.0.5", 2 * LINES_PER_SECOND)

    assert dropped(shed, "10.0.0.6", 1) == dropped(shed, "2001:db8::5", 1) == 0


def test_a_time_in_the_form_of_newer_versions_of_tshark_has_seconds_as_well() -> None:
    shed = ShedLines(SOURCES)

    assert dropped(shed, "10.0.0.5", LINES_PER_SECOND + 3, "2026-11-22T12:00:00.123Z") == 3
    assert dropped(shed, "10.0.0.5", 3, "2026-11-22T12:00:01.000Z") == 0


@pytest.mark.parametrize("start", [b"10.0.0.5\t", b"10.0.0.5\t\t\t", b"\t2001:db8::5\t\t"])
def test_a_line_without_a_time_is_left_to_the_decoder(start: bytes) -> None:
    assert not ShedLines(SOURCES).is_dropped(start)
