"""The list shows each entry with its use and its end; a trial names the entry, or why none fits."""

from datetime import UTC, date, datetime
from ipaddress import ip_network

import pytest

from nmapwatchd.config.hours import parse_hours
from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation, Hit, Usage
from nmapwatchd.reports.authorisation_list import conditions, listing, trial

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)  # a Sunday
AT = int(NOW.timestamp()) * 10**9
MAC, SHOWN = "52:54:00:ab:34:56", "52-54-00-AB-34-56"
AUDIT = Authorisation(
    "weekly audit",
    (ip_network("10.0.0.5"),),
    parse_hours("Sun 02:00-23:00"),
    date(2027, 3, 31),
    frozenset({MAC}),
    (ip_network("10.0.9.0/24"),),
    ("http.*",),
    "CHG-1234",
)
TRACKER = Authorisation("tracker", macs=frozenset({MAC}))


def test_a_line_has_the_use_the_end_and_the_conditions() -> None:
    usages = {"weekly audit": Usage(AT - 10**18, 12, AT)}

    assert listing([AUDIT], usages, NOW) == (
        "NAME          LAST USED             SCANS  UNTIL                  COVERS\n"
        "weekly audit  2026-11-29 12:00 UTC  12     2027-03-31 (122 days)  from 10.0.0.5; "
        f"MAC {SHOWN}; targets 10.0.9.0/24; signatures http.*; Sun 02:00-23:00 UTC (CHG-1234)\n"
    )


@pytest.mark.parametrize(
    ("until", "text"),
    [
        (None, "-"),
        (date(2026, 11, 29), "2026-11-29 (0 days)"),
        (date(2026, 11, 30), "2026-11-30 (1 day)"),
        (date(2026, 11, 28), "2026-11-28 (over)"),
    ],
)
def test_the_end_is_shown_with_the_days_that_are_left(until: date | None, text: str) -> None:
    entry = Authorisation("a", (ip_network("10.0.0.5"),), until=until)

    assert f"  {text}  " in listing([entry], {}, NOW)


def test_an_entry_that_was_not_used_says_since_when() -> None:
    assert "  never since 2026-11-29  0  " in listing([TRACKER], {"tracker": Usage(AT)}, NOW)


@pytest.mark.parametrize("usages", [None, {}])
def test_an_unknown_use_is_not_shown_as_none(usages: dict[str, Usage] | None) -> None:
    assert "  unknown    -  " in listing([TRACKER], usages, NOW)


def test_long_lists_are_counted() -> None:
    entry = Authorisation("a", tuple(ip_network(f"10.0.0.{n}") for n in range(6)))

    assert list(conditions(entry)) == ["from 10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3 and 2 more"]


def test_a_name_cannot_control_the_terminal() -> None:
    entry = Authorisation("a\x1b[31m", (ip_network("10.0.0.5"),), reason="b\n")

    assert "\x1b" not in listing([entry], {}, NOW)
    assert len(listing([entry], {}, NOW).splitlines()) == 2
    assert "\x1b" not in trial(Allowlist((entry,)), Hit("10.0.0.5", AT))[1]


def test_a_trial_names_the_entry_with_its_conditions_and_what_was_assumed() -> None:
    assert trial(Allowlist((AUDIT,)), Hit("10.0.0.5", AT)) == (
        True,
        (
            '10.0.0.5 at 2026-11-29 12:00 UTC: authorised as "weekly audit"\n'
            "  from 10.0.0.5\n"
            f"  MAC {SHOWN}\n"
            "  targets 10.0.9.0/24\n"
            "  signatures http.*\n"
            "  Sun 02:00-23:00 UTC\n"
            "  until 2027-03-31\n"
            "  reason: CHG-1234\n"
            "  if its MAC address, target and signature are among these\n"
        ),
    )


def test_a_trial_with_everything_assumes_nothing() -> None:
    hit = Hit("10.0.0.5", AT, MAC, "10.0.9.1", "http.nse-user-agent")

    is_covered, text = trial(Allowlist((AUDIT,)), hit)

    assert is_covered
    assert "among these" not in text
    assert text.startswith(
        f"10.0.0.5 at 2026-11-29 12:00 UTC, MAC {SHOWN}, target 10.0.9.1, "
        "signature http.nse-user-agent: "
    )


def test_a_trial_names_the_entry_that_nearly_covers_it_and_why_not() -> None:
    assert trial(Allowlist((AUDIT,)), Hit("10.0.0.5", AT, target="10.0.8.1")) == (
        False,
        (
            "10.0.0.5 at 2026-11-29 12:00 UTC, target 10.0.8.1: not authorised\n"
            '  "weekly audit" does not cover it: target 10.0.8.1 is not among its targets\n'
        ),
    )


def test_a_trial_of_an_unknown_address_says_so() -> None:
    _, text = trial(Allowlist((AUDIT,)), Hit("10.0.0.6", AT))

    assert text.splitlines()[1:] == ["  no entry is for this address"]


def test_a_trial_without_a_mac_address_says_which_entries_it_leaves_out() -> None:
    _, text = trial(Allowlist((TRACKER,)), Hit("10.0.0.6", AT))

    assert text.splitlines()[-1] == "  entries without an address were not tried; give --mac"
    assert trial(Allowlist((TRACKER,)), Hit("10.0.0.6", AT, MAC))[0]
