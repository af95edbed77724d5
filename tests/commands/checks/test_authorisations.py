"""An authorisation that is over, unused or of an unknown signature is a warning that says so."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from nmapwatchd.commands.checks.authorisations import UNUSED_AFTER, authorisation_warnings
from nmapwatchd.config.reader import validate_settings
from nmapwatchd.telemetry.authorisation_usage import FILE

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def warnings(directory: Path, **keys: object) -> list[str]:
    """Return the warnings about one entry."""
    entry = {"name": "audit", "from": "10.0.0.5", **keys}
    document = {"authorised": [entry], "spool": {"directory": str(directory)}}
    return list(map(str, authorisation_warnings(validate_settings(document, "conf"), NOW)))


def used(directory: Path, since: datetime, last: datetime | None) -> None:
    usage = {
        "since": int(since.timestamp()) * 10**9,
        "scans": 1,
        "last": int(last.timestamp()) * 10**9 if last else 0,
    }
    (directory / FILE).write_text(json.dumps({"version": 1, "authorisations": {"audit": usage}}))


def test_an_entry_is_good_by_default(tmp_path: Path) -> None:
    assert warnings(tmp_path, until=date(2026, 11, 29), signatures=["http.*", "tcp.raw-syn"]) == []


def test_an_entry_that_is_over_is_named_with_its_last_day(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, until=date(2026, 11, 28))

    assert warning == (
        'authorised[1]: "audit" ended on 2026-11-28: its scans are alerted again; remove the '
        "entry, or set a later until"
    )


def test_an_entry_that_was_not_used_for_long_is_named(tmp_path: Path) -> None:
    long_ago = NOW - UNUSED_AFTER - timedelta(days=1)

    used(tmp_path, long_ago, None)
    never = warnings(tmp_path)
    used(tmp_path, long_ago - timedelta(days=90), long_ago)

    assert warnings(tmp_path) == never
    assert never == [
        'authorised[1]: "audit" was not used since 2026-09-27: remove it, if it is not needed'
    ]


@pytest.mark.parametrize("last", [None, NOW])
def test_an_entry_that_is_new_or_in_use_is_good(last: datetime | None, tmp_path: Path) -> None:
    used(tmp_path, NOW if last is None else NOW - 2 * UNUSED_AFTER, last)

    assert warnings(tmp_path) == []


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("htp.*", '; did you mean "http.*"?'),
        ("http", '; did you mean "http.*"?'),
        ("http.nse-user-agnt", '; did you mean "http.nse-user-agent"?'),
        ("xxxxxxxxxxxxxx", ""),
    ],
)
def test_a_pattern_that_matches_no_signature_is_named(
    pattern: str, hint: str, tmp_path: Path
) -> None:
    assert warnings(tmp_path, signatures=["tls.*", pattern]) == [
        f'authorised[1].signatures: "{pattern}" is no signature{hint}'
    ]
