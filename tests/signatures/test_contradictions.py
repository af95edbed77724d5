"""A site's signature is compared with its own examples and near misses."""

from pathlib import Path

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.contradictions import contradictions
from nmapwatchd.signatures.reader import read_signatures
from tests.signatures.site import ROW

OTHER = ROW.replace("http.audit", "http.other").replace('audit"', 'second"')
SEVERAL = """\
[[signature]]
id          = "http.several"
title       = "Several"
match       = { method.is = "GET", any = [{ uri.starts = "/a" }, { host.is_not = "b" }] }
confidence  = "weak"
options     = ["-sV"]
source      = "a.lua"
examples    = [{ method = "GET", uri = "/ab" }, { method = "GET", host = "c" }]
near_misses = [{ method = "PUT", uri = "/ab" }, { method = "GET", host = "b" }]
"""


def errors(directory: Path, text: str) -> list[str]:
    file = directory / "site.toml"
    file.write_text(text)
    located, refused = read_signatures(file)
    assert refused == []
    catalogue = Catalogue.of(MATCHERS.values(), [signature for _, signature in located])
    found = contradictions(catalogue, located)
    return [str(error) for errors in found.values() for error in errors]


@pytest.mark.parametrize("text", [ROW, OTHER, ROW + OTHER, SEVERAL])
def test_rows_that_agree_with_their_examples_have_no_error(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, text) == []


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('= ["audit"]', '= ["audit", "audio"]',
         "site.toml:8: examples: http.audit does not match user_agent = 'audio'"),
        ('= ["audits"]', '= ["audits", "audit"]',
         "site.toml:9: near_misses: http.audit matches user_agent = 'audit'"),
    ],
)  # fmt: skip
def test_a_contradiction_is_reported_with_its_line(
    tmp_path: Path, old: str, new: str, error: str
) -> None:
    assert errors(tmp_path, ROW.replace(old, new)) == [error]


def test_a_long_example_is_truncated(tmp_path: Path) -> None:
    (error,) = errors(tmp_path, ROW.replace('= ["audit"]', f'= ["{"a" * 200}"]'))

    assert error.endswith("a…")
    assert len(error) < 150


def test_a_row_that_matches_another_s_near_miss_is_the_one_at_fault(tmp_path: Path) -> None:
    wide = OTHER.replace('user_agent.is = "second"', 'user_agent.starts = ["second", "audits"]')
    wide = wide.replace('near_misses = ["audits"]', 'near_misses = ["other"]')

    assert errors(tmp_path, ROW + wide) == [
        "site.toml:13: match: matches user_agent = 'audits', a near miss of http.audit"
    ]
