"""What scans regularly is proposed as an entry, as narrow as what was seen, in bounded memory."""

import tomllib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.config.reader import validate_settings
from nmapwatchd.core.alert import Action
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.reports import authorisation_suggestion as module
from nmapwatchd.reports.authorisation_suggestion import Suggestions
from nmapwatchd.reports.record import MessageRecord, SightedRule

UTC_ZONE = ZoneInfo("UTC")
SUNDAY = datetime(2026, 11, 1, 2, 10, tzinfo=UTC)
WEEK, DAY, MINUTE = timedelta(days=7), timedelta(days=1), timedelta(minutes=1)
MAC = "52-54-00-AB-34-56"
NOTHING = Allowlist()


def scan(start: datetime, minutes: float = 30, **changes: Any) -> MessageRecord:
    """Return the message about a scan, as it was read back."""
    values: dict[str, Any] = {
        "action": Action.SCAN_CLOSED,
        "scan_id": start.isoformat(),
        "source": "10.0.0.5",
        "macs": (MAC,),
        "on_link": True,
        "start": start.isoformat(),
        "end": (start + minutes * MINUTE).isoformat(),
        "targets": ("10.0.9.1", "10.0.9.2"),
        "target_count": 2,
        "rules": (SightedRule("http.nse-user-agent"), SightedRule("tls.probe")),
        "severity": 5,
        **changes,
    }
    return MessageRecord(**values)


def collected(*records: MessageRecord, zone: ZoneInfo = UTC_ZONE) -> Suggestions:
    suggestions = Suggestions(zone)
    for record in records:
        suggestions.add(record)
    return suggestions


def proposal(*records: MessageRecord, zone: ZoneInfo = UTC_ZONE) -> dict[str, Any]:
    """Return the only entry that is proposed."""
    suggestions = collected(*records, zone=zone)
    (scanner,) = suggestions.regular(NOTHING)
    (entry,) = tomllib.loads(suggestions.entry(scanner))["authorised"]
    return dict(entry)


def weekly(**changes: Any) -> list[MessageRecord]:
    return [scan(SUNDAY + number * WEEK, **changes) for number in range(4)]


def test_a_weekly_scan_is_proposed_with_its_day_and_hours() -> None:
    assert proposal(*weekly()) == {
        "name": "10.0.0.5 regularly",
        "reason": "WHO SCANS, AND WHY",
        "from": "10.0.0.5",
        "mac": "52:54:00:ab:34:56",
        "targets": ["10.0.9.1", "10.0.9.2"],
        "signatures": ["http.nse-user-agent", "tls.probe"],
        "hours": "Sun 02:00-02:45 UTC",
        "until": datetime(2027, 11, 22, tzinfo=UTC).date(),
    }


def test_hours_are_in_the_given_zone() -> None:
    entry = proposal(*weekly(), zone=ZoneInfo("America/New_York"))

    assert entry["hours"] == "Sat 21:00-22:45 America/New_York"  # summer time ended


def test_a_scan_across_midnight_begins_on_the_day_before() -> None:
    nights = [SUNDAY.replace(hour=23, minute=30) + number * WEEK for number in range(4)]

    assert proposal(*(scan(night, 60) for night in nights))["hours"] == "Sun 23:30-00:45 UTC"


def test_a_tracker_that_scans_all_day_has_no_hours() -> None:
    scans = [scan(SUNDAY + number * 2 * MINUTE, 0.5) for number in range(4 * 720)]

    assert "hours" not in proposal(*scans)


def test_a_tracker_of_some_minutes_has_no_hours_as_they_would_be_chance() -> None:
    suggestions = collected(*(scan(SUNDAY + number * 2 * MINUTE, 0.5) for number in range(5)))

    (scanner,) = suggestions.regular(NOTHING)

    entry = suggestions.entry(scanner)
    assert "hours" not in tomllib.loads(entry)["authorised"][0]
    assert "# 10.0.0.5: 5 scans from 2026-11-01 02:10 to 2026-11-01 02:18 UTC, usually every" in (
        entry
    )
    assert "usually every 2 min" in entry.replace("\n# ", " ")
    assert "# Seen on fewer than 3 days" in entry


def test_several_scans_each_night_are_regular() -> None:
    scans = [
        scan(SUNDAY + night * DAY + part * 7 * MINUTE, 1) for night in range(5) for part in range(3)
    ]

    assert proposal(*scans)["hours"] == "02:00-02:30 UTC"


def test_what_scanned_three_times_or_at_random_is_not_proposed() -> None:
    random = [0, 1, 2, 50, 51, 300, 301, 900]
    suggestions = collected(
        *weekly()[:3],
        *(scan(SUNDAY + hours * 60 * MINUTE, source="10.0.0.6") for hours in random),
    )

    assert suggestions.regular(NOTHING) == []
    assert suggestions.irregular == 2


def test_what_is_covered_by_now_is_not_proposed_again() -> None:
    suggestions = collected(*weekly())
    (scanner,) = suggestions.regular(NOTHING)
    text = suggestions.entry(scanner)
    covered = validate_settings(tomllib.loads(text), "x").allowlist
    other_targets = text.replace("10.0.9.2", "10.0.9.3")

    assert suggestions.regular(covered) == []
    assert suggestions.regular(validate_settings(tomllib.loads(other_targets), "x").allowlist)


def test_an_authorised_scan_and_one_with_decoys_are_left_out() -> None:
    suggestions = collected(*weekly(expected="audit"), *weekly(decoys=("10.0.0.6",)))

    assert suggestions.regular(NOTHING) == []
    assert suggestions.with_decoys == 4


def test_the_messages_of_one_scan_are_one_scan() -> None:
    records = [scan(SUNDAY, scan_id="one") for _ in range(20)]

    assert collected(*records).regular(NOTHING) == []


@pytest.mark.parametrize(
    "changes",
    [{"on_link": False}, {"macs": ()}, {"macs": (MAC, MAC)}, {"macs": ("zz",)},
     {"source": "2001:db8::5"}],
)  # fmt: skip
def test_a_mac_address_that_is_not_known_to_be_its_own_is_left_out(changes: dict[str, Any]) -> None:
    assert "mac" not in proposal(*weekly(**changes))


def test_a_scanner_with_several_mac_addresses_has_none_in_its_entry() -> None:
    assert "mac" not in proposal(
        *weekly()[:3], scan(SUNDAY + 3 * WEEK, macs=("52-54-00-00-00-01",))
    )


def test_many_targets_become_their_networks_and_many_signatures_their_families() -> None:
    targets = (*(f"10.0.9.{number}" for number in range(1, 30)), "2001:db8::1")
    rules = tuple(SightedRule(f"{family}.r{n}") for family in ("http", "tls") for n in range(9))

    entry = proposal(*weekly(targets=targets, rules=rules))

    assert entry["targets"] == ["10.0.9.0/24", "2001:db8::/64"]
    assert entry["signatures"] == ["http.*", "tls.*"]


def test_the_remarks_say_what_a_person_must_know() -> None:
    suggestions = collected(*weekly(caveats=("spoofable",), on_link=False, target_count=9))

    text = suggestions.entry(suggestions.regular(NOTHING)[0])

    assert "# Its address is not proven: the entry covers whoever forges it.\n" in text
    assert "# Its own MAC address is not known, so the entry does not require one.\n" in text
    assert "# There were more targets or signatures than the messages list.\n" in text


def test_memory_is_bounded_and_what_comes_back_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_SCANNERS", 5)
    suggestions = collected(*weekly())
    for number in range(50):
        suggestions.add(scan(SUNDAY, source=f"192.0.2.{number}", scan_id=str(number)))

    assert [one.source for one in suggestions.regular(NOTHING)] == ["10.0.0.5"]
    assert (suggestions.irregular, suggestions.evicted) == (4, 46)


def test_a_scanner_s_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_SCANS", 8)
    monkeypatch.setattr(module, "MAXIMUM_TRACKED", 4)
    suggestions = collected(
        *(scan(SUNDAY + n * DAY, targets=(f"10.0.9.{n}",), target_count=1) for n in range(20))
    )

    (scanner,) = suggestions.regular(NOTHING)
    assert (scanner.count, len(scanner.scans), len(scanner.targets)) == (20, 8, 4)
    assert scanner.is_incomplete


_Texts = tuple[str, ...]
_TEXT = st.text(max_size=20) | st.sampled_from(['"\n[[authorised]]', "10.0.0.5", "http.x", MAC, ""])
_TEXTS = st.lists(_TEXT | st.ip_addresses().map(str), max_size=3).map(tuple)


@given(
    names=st.tuples(_TEXT, _TEXTS, _TEXTS, _TEXTS),
    number=st.integers(4, 30),
    hours=st.integers(1, 500),
    minutes=st.integers(0, 3000),
)
def test_any_proposal_is_valid_and_covers_what_was_seen_and_no_other_host(
    names: tuple[str, _Texts, _Texts, _Texts], number: int, hours: int, minutes: int
) -> None:
    source, macs, targets, rules = names
    starts = [SUNDAY + index * hours * 60 * MINUTE for index in range(number)]
    records = [
        scan(start, minutes, source=source, macs=macs, targets=targets,
             rules=tuple(map(SightedRule, rules)))
        for start in starts
    ]  # fmt: skip
    suggestions = collected(*records, zone=ZoneInfo("Europe/Berlin"))

    for scanner in suggestions.regular(NOTHING):
        settings = validate_settings(tomllib.loads(suggestions.entry(scanner)), "x")
        (entry,) = settings.allowlist.authorisations
        times = [*starts, *(start + minutes * MINUTE for start in starts)]
        assert all(
            settings.allowlist.authorisation_for(
                scanner.source, int(time.timestamp()) * 10**9,
                mac=scanner.mac, target=target, signature=rule,
            )
            for time in times for target in scanner.targets for rule in scanner.rules
        )  # fmt: skip
        assert not entry.concerns(str(ip_address(scanner.source) + 1), "")
