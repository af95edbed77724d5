"""An authorisation that is over is reported from the day after its last, in UTC."""

from datetime import UTC, date, datetime, timedelta

from nmapwatchd.commands.checks.authorisations import authorisation_warnings
from nmapwatchd.config.settings import AuthorisedSettings

ENTRIES = [
    AuthorisedSettings.model_validate({"name": "always", "from": "10.0.0.5"}),
    AuthorisedSettings.model_validate(
        {"name": "audit", "from": "10.0.0.6", "until": date(2026, 3, 31)}
    ),
]


def test_an_entry_is_over_after_its_last_day() -> None:
    assert list(authorisation_warnings(ENTRIES, date(2026, 3, 31))) == []

    (warning,) = authorisation_warnings(ENTRIES, date(2026, 4, 1))

    assert str(warning) == (
        'authorised[2]: "audit" ended on 2026-03-31: its scans are alerted again; remove the '
        "entry, or set a later until"
    )


def test_the_clock_is_the_default() -> None:
    today = datetime.now(UTC).date()
    ended, lasting = (
        AuthorisedSettings.model_validate({"name": "a", "from": "10.0.0.5", "until": day})
        for day in (today - timedelta(days=2), today + timedelta(days=2))
    )

    assert [one.location for one in authorisation_warnings([ended, lasting])] == ["authorised[1]"]
