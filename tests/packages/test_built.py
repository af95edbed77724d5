"""The packages are built reproducibly, by rule, and say what they contain."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.packages.conftest import build

pytestmark = pytest.mark.packages


def test_the_same_sources_give_the_same_bytes(packages: dict[str, Path], tmp_path: Path) -> None:
    again = build(tmp_path, *packages)

    for target, package in packages.items():
        for first, second in (
            (package, again[target]),
            (package.with_suffix(".cdx.json"), again[target].with_suffix(".cdx.json")),
        ):
            assert first.read_bytes() == second.read_bytes(), first.name


def test_lintian_finds_no_error(packages: dict[str, Path]) -> None:
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on=error", *map(str, packages.values())],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "")


def test_the_bill_of_materials_has_every_wheel_with_its_hash(packages: dict[str, Path]) -> None:
    for package in packages.values():
        found = json.loads(package.with_suffix(".cdx.json").read_text())
        names = {one["name"] for one in found["components"]}

        assert found["bomFormat"] == "CycloneDX"
        assert {"pyshark", "pydantic", "pydantic_core", "google-re2", "structlog"} <= names
        assert all(one["hashes"][0]["alg"] == "SHA-256" for one in found["components"])
