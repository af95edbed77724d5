"""An outage is reported once, and its end with its duration and its reason."""

from nmapwatchd.capture.outages import Outages


def test_an_outage_is_reported_once_with_its_first_reason() -> None:
    reports, now = list[tuple[str, str, str]](), 100.0
    outages = Outages(
        "eth0",
        lambda interface, reason: reports.append(("blind", interface, reason)),
        lambda interface, reason: reports.append(("recovered", interface, reason)),
        lambda: now,
    )
    outages.begin("not opened yet")
    outages.start()
    assert outages.is_capturing
    for reason in ("down", "still down"):
        outages.begin(reason)
        now += 1.25
    assert not outages.is_capturing
    outages.end()
    outages.begin("again")

    assert reports == [
        ("blind", "eth0", "down"),
        ("recovered", "eth0", "was blind for 2.5 s (down)"),
        ("blind", "eth0", "again"),
    ]
    assert (outages.count, outages.last_reason) == (2, "again")
