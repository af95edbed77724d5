"""A signature file that is wrong is told with file, line and fault."""

from pathlib import Path

import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.signature import Correlation, Signature
from nmapwatchd.errors import OperatorError
from nmapwatchd.signatures.loader import catalogue_of

ROW = """\
[[signature]]
id         = "http.audit"
title      = "Audit"
match      = { user_agent.is = "audit" }
confidence = "exclusive"
options    = ["--script audit"]
source     = "audit.nse"
examples    = ["audit"]
near_misses = ["audits"]
"""


def read(directory: Path, text: str) -> Signature:
    (directory / "site.toml").write_text(text)
    return next(row for row in catalogue_of([directory]).signatures if row.id == "http.audit")


def faults(directory: Path, text: str) -> list[str]:
    with pytest.raises(OperatorError) as raised:
        read(directory, text)
    return [str(fault) for fault in raised.value.diagnostics]


def test_site_signatures_join_the_shipped_ones(tmp_path: Path) -> None:
    assert read(tmp_path, ROW).match == Term("user_agent", Op.IS, ("audit",))


def test_everything_named_must_hold_and_any_lists_alternatives(tmp_path: Path) -> None:
    match = 'uri.is = ["/a", "/b"], any = [{ host.is = "x" }, { size.is = 7 }]'
    row = read(tmp_path, ROW.replace('user_agent.is = "audit"', match).replace(
        'examples    = ["audit"]', 'examples = [{ uri = "/a", host = "x" }]'
    ).replace('["audits"]', '[{ uri = "/c", host = "x" }]'))  # fmt: skip

    alternatives = AnyOf((Term("host", Op.IS, ("x",)), Term("size", Op.IS, ("7",))))
    assert row.match == AllOf((Term("uri", Op.IS, ("/a", "/b")), alternatives))


def test_bytes_are_written_as_in_snort_s_rules(tmp_path: Path) -> None:
    match = 'payload.starts = "GET|20 2f||7c|"'
    row = read(tmp_path, ROW.replace('user_agent.is = "audit"', match).replace(
        'examples    = ["audit"]', 'examples = ["GET /|7c|"]'
    ))  # fmt: skip

    assert row.match == Term("payload", Op.STARTS, ("GET /|",))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "user_agent.is",
            "user_agnet.is",
            'site.toml:4: no field "user_agnet" in http; did you mean user_agent?',
        ),
        (
            "user_agent.is",
            "user_agent.equals",
            'site.toml:4: user_agent: "equals" is no comparison',
        ),
        ('"audit" }', "7 }", "site.toml:4: user_agent: 7 is not a string"),
        ('"exclusive"', '"sure"', 'site.toml:5: confidence: "sure" is none of'),
        ("http.audit", "htp.audit", 'site.toml:2: no matcher is called "htp"; did you mean http?'),
        ("title ", "titel ", "site.toml:3: titel: unknown key"),
        ('near_misses = ["audits"]', "", "site.toml:1: near_misses: missing"),
        ('["audits"]', "[]", "site.toml:9: near_misses: List should have at least 1 item"),
        ("[[signature]]", "[[rule]]", 'site.toml: unknown table "rule"'),
        (
            'user_agent.is = "audit"',
            'payload.is = "|4|"',
            "site.toml:4: payload: non-hexadecimal number",
        ),
        ('user_agent.is = "audit"', 'payload.is = "|41"', "site.toml:4: payload: a | without"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert any(said.startswith(fault) for said in faults(tmp_path, ROW.replace(old, new)))


def test_what_several_packets_must_show_is_read(tmp_path: Path) -> None:
    row = read(
        tmp_path,
        f'{ROW}correlate = {{ group_by = "host", count_distinct = ["uri", "size"], count = 3 }}\n',
    )

    assert row.correlate == Correlation(group_by=("host",), count_distinct=("uri", "size"), count=3)
    assert {"host", "uri", "size"} <= set(row.reads)


@pytest.mark.parametrize(
    ("correlate", "fault"),
    [
        ("{ count = 2 }", "site.toml:10: count_distinct: missing"),
        ('{ count_distinct = "uri" }', "site.toml:10: count: missing"),
        ("{ count_distinct = [], count = 2 }", "site.toml:10: count_distinct: name the field"),
        (
            '{ count_distinct = "urj", count = 2 }',
            'site.toml:10: no field "urj" in http; did you mean uri?',
        ),
        (
            '{ count_distinct = "uri", group_by = "hots", count = 2 }',
            'site.toml:10: no field "hots" in http',
        ),
        (
            '{ count_distinct = "uri", must_vary = ["v"], count = 2 }',
            'site.toml:10: no field "v" in http',
        ),
        (
            '{ count_distinct = "uri", count = 1 }',
            "site.toml:10: count: Input should be greater than",
        ),
        (
            '{ count_distinct = "uri", count = 65 }',
            "site.toml:10: count: Input should be less than",
        ),
        (
            '{ count_distinct = "uri", count = "2" }',
            "site.toml:10: count: Input should be a valid int",
        ),
        (
            '{ count_distinct = "uri", count = 2, within = 5 }',
            "site.toml:10: correlate: unknown key",
        ),
        ('"uri"', "site.toml:10: correlate: Input should be a valid dictionary"),
    ],
)
def test_a_fault_in_what_several_packets_must_show_is_told_with_its_line(
    tmp_path: Path, correlate: str, fault: str
) -> None:
    (said,) = faults(tmp_path, f"{ROW}correlate = {correlate}\n")

    assert said.startswith(fault)


def test_every_fault_of_a_file_is_told(tmp_path: Path) -> None:
    broken = ROW.replace("user_agent", "agent") + ROW.replace('"exclusive"', '"sure"')

    assert len(faults(tmp_path, broken)) == 2


def test_an_id_that_is_taken_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, ROW + ROW) == ["site.toml: the id http.audit is taken"]


@pytest.mark.parametrize("pattern", ["(", "(?P<a>x", "x(?i)"])
def test_a_pattern_that_is_none_is_told(pattern: str, tmp_path: Path) -> None:
    (said,) = faults(tmp_path, ROW.replace('.is = "audit"', f'.matches = "{pattern}"'))

    assert said.startswith("site.toml:4: user_agent: ")


def test_something_else_in_the_place_of_rows_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, "signature = 5") == [
        "site.toml: signature: a row begins with [[signature]]"
    ]
