"""A share of frames that the filter cannot look into is named once, and again if it changes."""

import pytest

from nmapwatchd.capture.limitation import (
    CHANGE_SECONDS,
    LEAST_SECONDS,
    REPEAT_SECONDS,
    SPAN_SECONDS,
    Limitation,
    summary_of,
    title,
)
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.filters.wrappings import ALL, Wrapping

PLAIN = Sampled(50)


class Interface:
    """An interface that is sampled each second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.limitation = Limitation(lambda: self.now)
        self.reports: list[str] = []

    def run(
        self, seconds: float, sample: Sampled, wrappings: frozenset[Wrapping] = ALL
    ) -> list[str]:
        """Return what is reported in some seconds in which each sample is this one."""
        before = len(self.reports)
        for _ in range(int(seconds)):
            self.now += 1
            self.limitation.add(sample)
            if report := self.limitation.update(wrappings):
                self.reports.append(report)
        return self.reports[before:]


def test_what_hides_many_frames_is_named_within_a_minute() -> None:
    sensor = Interface()

    assert sensor.run(60, Sampled(50, (("esp", 21),))) == [
        "42 % of the frames are in ESP, which nmapwatchd does not look into"
    ]
    assert sensor.limitation.percent == 42
    assert sensor.limitation.summary == "42 % of the frames are in ESP"


def test_ordinary_frames_and_those_it_looks_into_are_not_named() -> None:
    sensor = Interface()

    assert sensor.run(120, Sampled(50, (("vxlan", 30), ("erspan/vxlan", 20)))) == []
    assert (sensor.limitation.share, sensor.limitation.summary) == (0.0, "")


def test_a_wrapping_that_is_not_enabled_is_named() -> None:
    sensor = Interface()

    (report,) = sensor.run(60, Sampled(50, (("vxlan", 50),)), ALL - {Wrapping.VXLAN})

    assert report.startswith("100 % of the frames are in VXLAN (not in unwrap),")


def test_a_small_share_is_not_worth_an_event() -> None:
    assert Interface().run(300, Sampled(50, (("esp", 2),))) == []


def test_few_frames_are_no_share_of_the_traffic() -> None:
    sensor = Interface()

    assert sensor.run(30, Sampled(0)) == []
    assert sensor.run(19, Sampled(1, (("esp", 1),))) == []
    assert len(sensor.run(1, Sampled(1, (("esp", 1),)))) == 1


def test_a_burst_at_the_start_is_not_judged() -> None:
    sensor = Interface()

    assert sensor.run(1, Sampled(50, (("esp", 50),))) == []
    assert sensor.run(LEAST_SECONDS + 60, Sampled(500)) == []


def test_the_warning_ends_when_the_share_has_halved() -> None:
    sensor = Interface()
    sensor.run(60, Sampled(100, (("esp", 10),)))

    sensor.run(SPAN_SECONDS + 1, Sampled(100, (("esp", 3),)))
    assert sensor.limitation.summary == "3 % of the frames are in ESP"

    sensor.run(SPAN_SECONDS + 1, Sampled(100, (("esp", 2),)))
    assert sensor.limitation.summary == ""


def test_the_same_is_reported_again_after_a_day() -> None:
    sensor = Interface()
    esp = Sampled(50, (("esp", 25),))

    assert len(sensor.run(CHANGE_SECONDS + 60, esp)) == 1
    sensor.now += REPEAT_SECONDS
    assert len(sensor.run(60, esp)) == 1


def test_another_kind_is_reported_after_ten_minutes_at_the_earliest() -> None:
    sensor = Interface()
    sensor.run(60, Sampled(50, (("esp", 25),)))

    assert sensor.run(CHANGE_SECONDS - 120, Sampled(50, (("macsec", 25),))) == []
    assert sensor.run(120, Sampled(50, (("macsec", 25),))) == [
        "50 % of the frames are in MACsec, which nmapwatchd does not look into"
    ]


def test_the_most_frequent_are_named_first() -> None:
    sensor = Interface()
    sample = Sampled(50, (("esp", 5), ("ah", 6), ("gre/esp", 4), ("ethertype-1234", 1)))

    sensor.run(60, sample)

    assert sensor.limitation.summary == "32 % of the frames are in ESP, AH and EtherType 0x1234"


def test_what_is_older_than_a_minute_and_more_than_can_be_are_dropped() -> None:
    sensor = Interface()
    sensor.run(60, Sampled(50, (("esp", 25),)))
    for _ in range(10_000):
        sensor.limitation.add(PLAIN)

    assert sensor.limitation.update(ALL) == ""
    assert sensor.limitation.share == 0.0


def test_a_capture_s_frames_are_named_however_few_they_are() -> None:
    assert summary_of([Sampled(2, (("esp", 1),))], ALL) == "50 % of the frames are in ESP"
    assert summary_of([Sampled(50, (("esp", 2),))], ALL) == ""
    assert summary_of([Sampled(2, (("vxlan", 1),))], ALL) == ""
    assert summary_of([], ALL) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("esp", "ESP"),
        ("vxlan", "VXLAN (not in unwrap)"),
        ("ethertype-22f4", "EtherType 0x22f4"),
        ("ppp-0053", "PPP protocol 0x0053"),
        ("ipv6-extension-135", "IPv6 extension headers (135)"),
        ("vxlan within two other tunnels", "VXLAN within two other tunnels"),
        ("something", "something"),
    ],
)
def test_operators_read_usual_names(name: str, text: str) -> None:
    assert title(name) == text
