"""A scanner is expected from its networks, in its hours, until its last day."""

from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest

from nmapwatchd.config.hours import parse_hours
from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation, Hours

NETWORKS = (ip_network("10.0.9.0/28"), ip_network("2001:db8::/64"))


def at(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("source", "name"),
    [("10.0.9.15", "audit"), ("2001:db8::1", "audit"), ("10.0.9.16", ""), ("2001:db9::1", "")],
)
def test_a_source_is_expected_from_its_networks(source: str, name: str) -> None:
    allowlist = Allowlist((Authorisation("audit", NETWORKS),))

    assert allowlist.authorisation_for(source, at("2026-11-22T12:00")) == name


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-22T02:00+01:00", True),
        ("2026-11-22T04:59+01:00", True),
        ("2026-11-22T05:00+01:00", False),
        ("2026-11-23T02:30+01:00", False),
        ("2026-07-26T00:30+00:00", True),  # 02:30 in Berlin's summer
    ],
)
def test_hours_are_local_and_end_before_their_end(moment: str, expected: bool) -> None:
    hours = parse_hours("Sun 02:00-05:00 Europe/Berlin")
    allowlist = Allowlist((Authorisation("audit", NETWORKS, hours),))

    assert bool(allowlist.authorisation_for("10.0.9.1", at(moment))) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20T22:00", True),  # a Friday
        ("2026-11-21T04:59", True),
        ("2026-11-21T22:30", False),  # a Saturday
        ("2026-11-23T04:00", False),  # Monday morning belongs to Sunday
        ("2026-11-20T05:00", False),  # the end is exclusive
        ("2026-11-20T21:59", False),
    ],
)
def test_hours_may_cross_midnight(moment: str, expected: bool) -> None:
    hours = parse_hours("Mon-Fri 22:00-05:00")

    assert hours.cover(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is expected


def test_an_authorisation_ends_with_its_last_day() -> None:
    allowlist = Allowlist((Authorisation("audit", NETWORKS, until=date(2027, 3, 31)),))

    assert allowlist.authorisation_for("10.0.9.1", at("2027-03-31T23:59")) == "audit"
    assert allowlist.authorisation_for("10.0.9.1", at("2027-04-01T00:00")) == ""


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-22T22:00", True),  # a Sunday
        ("2026-11-23T04:59", True),  # its night ends on Monday
        ("2026-11-23T05:00", False),
        ("2026-11-23T22:30", False),
        ("2026-11-22T04:00", False),  # Sunday morning belongs to Saturday
    ],
)
def test_sunday_s_night_ends_on_monday(moment: str, expected: bool) -> None:
    hours = parse_hours("Sun 22:00-05:00")

    assert hours.cover(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is expected


@pytest.mark.parametrize("hour", range(24))
def test_hours_that_end_when_they_start_are_a_whole_day(hour: int) -> None:
    hours = Hours(frozenset({0}), time(8), time(8), ZoneInfo("UTC"))
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)

    assert hours.cover(monday + timedelta(hours=hour))
    assert not hours.cover(monday + timedelta(hours=hour + 24))
    assert not hours.cover(monday - timedelta(hours=hour + 1))


def test_the_first_authorisation_that_covers_a_source_is_named() -> None:
    allowlist = Allowlist((
        Authorisation("expired", NETWORKS, until=date(2020, 1, 1)),
        Authorisation("at night", NETWORKS, parse_hours("Mon-Sun 00:00-01:00")),
        Authorisation("elsewhere", (ip_network("10.9.0.0/16"),)),
        Authorisation("audit", NETWORKS),
        Authorisation("too late", NETWORKS),
    ))  # fmt: skip

    assert allowlist.authorisation_for("10.0.9.1", at("2026-11-22T12:00")) == "audit"
    assert allowlist.authorisation_for("10.0.9.1", at("2026-11-22T00:30")) == "at night"


def test_an_empty_allowlist_covers_no_source() -> None:
    assert Allowlist().authorisation_for("10.0.9.1", at("2026-11-22T12:00")) == ""
