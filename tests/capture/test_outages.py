"""An outage is reported once, and its end with its duration and reason."""

from collections.abc import Callable

import pytest

from nmapwatchd.capture.outages import Outages

Reports = list[tuple[str, str, str]]


@pytest.fixture
def reports() -> Reports:
    """What was reported."""
    return []


def outages_at(reports: Reports, clock: Callable[[], float] = lambda: 0.0) -> Outages:
    """Return the outages of eth0."""
    return Outages(
        "eth0",
        lambda interface, reason: reports.append(("blind", interface, reason)),
        lambda interface, reason: reports.append(("recovered", interface, reason)),
        clock,
    )


def test_an_outage_is_reported_once_with_its_first_reason(reports: Reports) -> None:
    outages = outages_at(reports, iter((10.0, 22.4, 30.0)).__next__)
    outages.begin("not opened yet")
    outages.start()
    outages.report_start()
    assert outages.is_capturing
    for reason in ("down", "still down"):
        outages.begin(reason)
    assert not outages.is_capturing
    outages.end()
    outages.begin("again")

    assert reports == [
        ("blind", "eth0", "down"),
        ("recovered", "eth0", "was blind for 12 s (down)"),
        ("blind", "eth0", "again"),
    ]
    assert (outages.count, outages.last_reason) == (2, "again")


def test_an_outage_at_the_start_is_reported_when_that_is_asked_for(reports: Reports) -> None:
    outages = outages_at(reports)
    outages.start("absent")
    outages.begin("down")

    assert reports == []
    assert (outages.is_capturing, outages.count) == (False, 1)

    outages.report_start()
    outages.report_start()
    outages.end()

    assert reports == [
        ("blind", "eth0", "absent"),
        ("recovered", "eth0", "was blind for 0 s (absent)"),
    ]
