"""Hours are read as an operator writes them."""

from datetime import time

import pytest

from nmapwatchd.config.hours import parse_hours
from tests.config.diagnostics import diagnostics


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("02:00-05:00", {0, 1, 2, 3, 4, 5, 6}),
        ("Sun 02:00-05:00", {6}),
        ("Mon 02:00-05:00", {0}),
        ("Mon-Fri 02:00-05:00", {0, 1, 2, 3, 4}),
        ("Sat-Sun 02:00-05:00", {5, 6}),
        ("Fri-Mon 02:00-05:00", {4, 5, 6, 0}),
        ("Tue-Tue 02:00-05:00", {1}),
    ],
)
def test_days_are_one_or_a_range(text: str, days: set[int]) -> None:
    hours = parse_hours(text)

    assert hours.days == days
    assert (hours.start, hours.end) == (time(2), time(5))
    assert str(hours.zone) == "UTC"


def test_a_zone_may_follow() -> None:
    assert str(parse_hours("Sun 02:00-05:00 Europe/Berlin").zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ("sometimes", "is not of the form"),
        (5, "is not of the form"),
        ("Sun 02:00-05:00 ", "is not of the form"),
        ("Xyz 02:00-05:00", 'unknown day "Xyz"; use Mon, Tue'),
        ("Mon-Xyz 02:00-05:00", 'unknown day "Xyz"; use Mon, Tue'),
        ("Sun 02:00-05:00 Europe/Atlantis", 'unknown time zone "Europe/Atlantis"'),
        ("Sun 02:00-05:00 ../etc", "is not of the form"),
        ("Sun 25:00-05:00", "hour must be in 0..23"),
    ],
)
def test_hours_of_another_form_are_reported(hours: object, message: str) -> None:
    (line,) = diagnostics(authorised=[{"name": "a", "from": "10.0.0.1", "hours": hours}])

    assert line.startswith("conf: authorised[1].hours: ")
    assert message in line
