"""The shipped signatures and those of a site become one catalogue."""

from pathlib import Path

import pytest

from nmapwatchd.errors import OperatorError
from nmapwatchd.signatures.loader import (
    catalogue_of,
    load_signatures,
    shipped_catalogue,
    valid_signatures,
)
from nmapwatchd.signatures.tuning import Adjustment
from tests.signatures.site import ROW


def errors(*directories: Path) -> list[str]:
    with pytest.raises(OperatorError) as raised:
        catalogue_of(directories)
    return str(raised.value).splitlines()


def test_site_signatures_join_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(ROW)
    shipped = [row.id for row in shipped_catalogue().signatures]
    joined = [row.id for row in catalogue_of([tmp_path]).signatures]

    assert sorted(joined) == sorted([*shipped, "http.audit"])


def test_only_toml_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "site.toml.bak").write_text("nonsense")

    assert catalogue_of([tmp_path]).signatures == shipped_catalogue().signatures


def test_an_id_may_be_used_only_once(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(ROW + ROW)

    assert errors(tmp_path) == ["site.toml:11: id: http.audit is already used at site.toml:2"]


def test_an_id_of_a_shipped_signature_may_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(ROW.replace("http.audit", "http.nse-user-agent"))
    (error,) = errors(tmp_path)

    assert error.startswith("site.toml:2: id: http.nse-user-agent is already used at http.toml:")


def test_every_error_of_every_file_is_reported(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
        (directory / "site.toml").write_text(
            ROW.replace("user_agent", "agent") + ROW.replace('"exclusive"', '"sure"')
        )

    assert [error.partition(" ")[0] for error in errors(first, second)] == [
        "site.toml:4:",
        "site.toml:14:",
        "site.toml:4:",
        "site.toml:14:",
    ]


def test_the_files_of_a_directory_are_read_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(ROW.replace("http.audit", f"http.{name}"))
    ids = [row.id for row in catalogue_of([tmp_path]).signatures]

    assert ids.index("http.a") < ids.index("http.b")


def test_a_sites_signature_can_be_turned_off(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(ROW)

    loaded = load_signatures([tmp_path], [Adjustment("disable[1]", "http.audit", None)])

    assert [one.id for one in loaded.everything.signatures if one.location] == ["http.audit"]
    assert [one for one in loaded.catalogue.signatures if one.location] == []
    assert loaded.unmatched == loaded.refused == ()


def test_an_adjustment_that_matches_nothing_is_kept_apart_from_refused_signatures(
    tmp_path: Path,
) -> None:
    (tmp_path / "site.toml").write_text(ROW.replace("near_misses", "near_mises"))
    adjustments = [Adjustment("disable[1]", "http.audit", None)]

    loaded = load_signatures([tmp_path], adjustments)

    assert len(loaded.refused) == 2
    assert [one.location for one in loaded.unmatched] == ["configuration: disable[1]"]
    with pytest.raises(OperatorError, match=r"disable\[1\]"):
        valid_signatures((), adjustments)
