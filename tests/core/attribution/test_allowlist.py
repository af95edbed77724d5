"""A scanner is expected from its networks, in its hours, until its last day."""

from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nmapwatchd.config.hours import parse_hours
from nmapwatchd.core.attribution.allowlist import (
    NOT_COVERED,
    Allowlist,
    Authorisation,
    Coverage,
    Hit,
    Hours,
)
from nmapwatchd.core.sighting import Sighting
from tests.building import observation, signature

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


MAC, OTHER_MAC = "52:54:00:ab:34:56", "52:54:00:ab:34:57"
NOW = at("2026-11-22T12:00")
FULL = Authorisation(
    "audit",
    NETWORKS,
    parse_hours("Sun 02:00-23:00"),
    date(2027, 3, 31),
    frozenset({MAC}),
    (ip_network("10.0.1.0/24"),),
    ("http.*", "tls.probe"),
)
INSIDE = Hit("10.0.9.1", NOW, MAC, "10.0.1.7", "http.nse-user-agent")


def test_what_meets_every_condition_is_covered() -> None:
    assert Allowlist((FULL,)).coverage(INSIDE) == Coverage("audit")
    assert Allowlist((FULL,)).coverage(INSIDE._replace(signature="tls.probe")) == Coverage("audit")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"source": "10.0.9.16"}, "address 10.0.9.16 is not among its addresses"),
        ({"mac": OTHER_MAC}, "MAC address 52-54-00-AB-34-57 is not among its MAC addresses"),
        ({"mac": ""}, "MAC address unknown, as behind a router"),
        ({"at": at("2027-04-04T12:00")}, "authorised until 2027-03-31"),
        ({"at": at("2026-11-23T12:00")}, "outside of its hours Sun 02:00-23:00 UTC"),
        ({"target": "10.0.2.1"}, "target 10.0.2.1 is not among its targets"),
        ({"target": "2001:db8::1"}, "target 2001:db8::1 is not among its targets"),
        ({"signature": "tls.probes"}, "signature tls.probes is not among its signatures"),
    ],
)
def test_what_fails_one_condition_is_not_covered_and_the_reason_is_named(
    change: dict[str, Any], because: str
) -> None:
    found = Allowlist((FULL,)).coverage(INSIDE._replace(**change))

    assert found == Coverage("", "audit", because)


def test_every_condition_that_fails_is_named() -> None:
    found = Allowlist((FULL,)).coverage(INSIDE._replace(mac="", target="10.0.2.1"))

    assert found.because == (
        "MAC address unknown, as behind a router; target 10.0.2.1 is not among its targets"
    )


def test_an_entry_for_neither_the_address_nor_the_mac_address_is_not_near() -> None:
    hit = INSIDE._replace(source="10.0.9.16", mac=OTHER_MAC)

    assert Allowlist((FULL,)).coverage(hit) == NOT_COVERED


def test_the_nearest_entry_is_the_one_with_the_fewest_reasons() -> None:
    over = Authorisation("over", NETWORKS, until=date(2020, 1, 1), signatures=("http.*",))
    elsewhere = Authorisation("elsewhere", NETWORKS, targets=(ip_network("10.9.0.0/16"),))
    hit = INSIDE._replace(signature="tcp.raw-syn")

    assert Allowlist((over, elsewhere)).coverage(hit).near == "elsewhere"
    assert Allowlist((elsewhere, over)).coverage(hit).near == "elsewhere"


def test_an_entry_without_an_address_is_for_its_mac_address_wherever_it_is() -> None:
    allowlist = Allowlist((Authorisation("tracker", macs=frozenset({MAC})),))

    assert allowlist.authorisation_for("192.0.2.1", NOW, mac=MAC) == "tracker"
    assert allowlist.authorisation_for("2001:db8::1", NOW, mac=MAC) == "tracker"
    assert allowlist.coverage(INSIDE._replace(mac=OTHER_MAC)) == NOT_COVERED
    assert allowlist.coverage(INSIDE._replace(mac="")) == NOT_COVERED


def test_what_is_not_asked_for_meets_every_condition() -> None:
    assert Allowlist((FULL,)).authorisation_for("10.0.9.1", NOW) == "audit"


def sightings(*names: str, on_link: bool = True) -> list[Sighting]:
    """Return sightings in one packet of the authorised scanner."""
    seen = observation(source="10.0.9.1", destination="10.0.1.7", mac=MAC, at=NOW)
    return [Sighting(signature(name).rule, seen, (), on_link) for name in names]


def test_the_sightings_of_one_packet_are_covered_one_by_one() -> None:
    first = Authorisation("first", NETWORKS, signatures=("test.a*",))
    second = Authorisation("second", NETWORKS, signatures=("test.b",))

    parts = Allowlist((first, second)).split(sightings("a1", "b", "c", "a2"))

    assert [(coverage.expected, [one.rule.id for one in part]) for coverage, part in parts] == [
        ("first", ["test.a1", "test.a2"]), ("second", ["test.b"]), ("", ["test.c"]),
    ]  # fmt: skip
    assert parts[-1][0].because == "signature test.c is not among its signatures"


def test_a_mac_address_counts_only_on_the_link() -> None:
    allowlist = Allowlist((Authorisation("audit", NETWORKS, macs=frozenset({MAC})),))

    ((near, _),) = allowlist.split(sightings("a"))
    ((far, _),) = allowlist.split(sightings("a", on_link=False))

    assert near == Coverage("audit")
    assert far == Coverage("", "audit", "MAC address unknown, as behind a router")


def test_the_sightings_of_a_source_without_an_entry_stay_together() -> None:
    allowlist = Allowlist((Authorisation("audit", (ip_network("10.9.0.0/16"),)),))
    found = sightings("a", "b")

    assert allowlist.split(found) == [(NOT_COVERED, found)]


@pytest.mark.parametrize(
    "text",
    [
        "Sun 02:00-05:00 Europe/Berlin", "Mon-Fri 22:00-05:00 UTC", "Sat-Mon 00:00-00:00 UTC",
        "02:00-05:00 UTC",
    ],
)  # fmt: skip
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_hours(text)) == text
