"""What the journal would drop is found in its configuration and in the unit."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from nmapwatchd.sinks import journal_limits
from nmapwatchd.sinks.journal_limits import (
    journal_warnings,
    journald_configuration,
    warnings_of,
)

UNIT = {"LogRateLimitIntervalUSec": "1s", "LogRateLimitBurst": "10000000"}
UNSET = {"LogRateLimitIntervalUSec": "0", "LogRateLimitBurst": "0"}
SERVICE = Path(__file__).parents[2] / "packaging" / "systemd" / "nmapwatchd.service"


def warnings(configuration: Mapping[str, str], unit: Mapping[str, str] = UNIT) -> str:
    return "; ".join(warnings_of(configuration, unit, 50_000))


def test_the_unit_s_limit_is_enough() -> None:
    lines = SERVICE.read_text().splitlines()

    assert {"LogRateLimitIntervalSec=1s", "LogRateLimitBurst=10000000"} <= set(lines)
    assert warnings({}) == ""


@pytest.mark.parametrize("unit", [{}, UNSET])
def test_without_a_limit_of_the_unit_journald_s_holds(unit: Mapping[str, str]) -> None:
    assert warnings({}, unit).startswith("the journal drops messages beyond 10000 in 30s")
    assert warnings({"RateLimitBurst": "50000"}, unit) == ""
    assert "beyond 9 in 5min" in warnings(
        {"RateLimitBurst": "9", "RateLimitIntervalSec": "5min"}, unit
    )


@pytest.mark.parametrize("key", ["RateLimitBurst", "RateLimitIntervalSec"])
@pytest.mark.parametrize("value", ["0", "0s", "0.0min"])
def test_zero_switches_journald_s_limit_off(key: str, value: str) -> None:
    assert warnings({key: value}, UNSET) == ""


def test_zero_in_the_unit_switches_nothing_off() -> None:
    assert "beyond 10000 in 1s" in warnings({}, {**UNIT, "LogRateLimitBurst": "0"})
    assert warnings({}, {**UNIT, "LogRateLimitIntervalUSec": "0"}) == ""


@pytest.mark.parametrize(
    ("configuration", "warning"),
    [
        ({"Storage": "none"}, "Storage=none in journald.conf: the journal keeps no alert"),
        ({"Storage": "Volatile"}, "the journal's alerts are lost at a reboot"),
        ({"MaxLevelStore": "notice"}, "the journal drops messages below it"),
        ({"MaxLevelStore": "4"}, "the journal drops messages below it"),
    ],
)
def test_what_the_journal_does_not_keep_is_a_warning(
    configuration: Mapping[str, str], warning: str
) -> None:
    assert warning in warnings(configuration)


@pytest.mark.parametrize(
    "configuration",
    [{"Storage": "persistent"}, {"MaxLevelStore": "info"}, {"MaxLevelStore": "7"}],
)
def test_a_journal_that_keeps_all_is_no_warning(configuration: Mapping[str, str]) -> None:
    assert warnings(configuration) == ""


def test_drop_ins_override_the_main_file_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, text in {
        "etc/systemd/journald.conf": "[Journal]\n#Storage=none\nStorage = auto\nRateLimitBurst=1\n",
        "usr/systemd/journald.conf": "[Journal]\nStorage=none\n",
        "usr/systemd/journald.conf.d/20.conf": "RateLimitBurst=20\n",
        "etc/systemd/journald.conf.d/10.conf": "RateLimitBurst=10\nMaxLevelStore=\n",
        "usr/systemd/journald.conf.d/10.conf": "Storage=none\n",
        "etc/systemd/journald.conf.d/30.txt": "Storage=none\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    found = journald_configuration([tmp_path / "etc", tmp_path / "usr"])

    assert found == {"Storage": "auto", "RateLimitBurst": "20"}


def test_without_a_file_journald_has_no_settings(tmp_path: Path) -> None:
    assert journald_configuration([tmp_path]) == {}


def test_both_are_compared_with_what_the_spool_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_limits, "_ROOTS", ())
    monkeypatch.setattr(journal_limits, "unit_properties", lambda *_: UNSET)

    assert list(journal_warnings(10_000)) == []
    assert len(list(journal_warnings(10_001))) == 1
