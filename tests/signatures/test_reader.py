"""A signature file is read, and every error is reported with its line."""

from pathlib import Path

import pytest

from nmapwatchd.signatures.reader import read_signatures
from tests.signatures.site import ROW, errors, signatures

UNTERMINATED = "missing ): (; RE2's syntax has no (?=, (?! and \\1, and \\z for the end"
OPERATORS = "is, is_not, contains, starts, ends, matches, at_least, at_most"
UNKNOWN_TABLE = 'unknown table "rule"; a file has [defaults] and [[signature]] tables'
NOT_ROWS = "signature: is not a list of tables; a row begins with [[signature]]"
DEFAULTS = """\
# A comment.
[defaults]
match       = { destination_port.is = [21, 22] }
confidence  = "weak"
options     = ["-sV"]

"""


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            "user_agent.is",
            "user_agnet.is",
            'site.toml:4: no field "user_agnet" in http; did you mean "user_agent"?',
        ),
        (
            "user_agent.is",
            "user_agent.equals",
            f'site.toml:4: user_agent: unknown operator "equals"; use {OPERATORS}',
        ),
        ('"audit" }', "7 }", "site.toml:4: user_agent: 7 is not a string"),
        ("{ user_agent.is = ", '"http" #', "site.toml:4: match: is not a table"),
        ('{ user_agent.is = "audit" }', "{ any = [5] }",
         "site.toml:4: any: 5 is not a table of conditions"),
        ('"exclusive"', '"sure"',
         'site.toml:5: confidence: "sure" is not one of exclusive, strong, weak'),
        ('"exclusive"', "5", "site.toml:5: confidence: 5 is not one of exclusive, strong, weak"),
        ("http.audit", "htp.audit", 'site.toml:2: id: unknown matcher "htp"; did you mean "http"?'),
        ("http.audit", "Audit", 'site.toml:2: id: "Audit" is not of the form "http.user-agent"'),
        ('"Audit"', '""', 'site.toml:3: title: "" has fewer characters than 1'),
        ('"Audit"', "5", "site.toml:3: title: 5 is not a string"),
        ("title ", "titel ", 'site.toml:3: titel: unknown key; did you mean "title"?'),
        ('["--script audit"]', "[]", "site.toml:6: options: is empty"),
        ('["--script audit"]', '"-sV"', "site.toml:6: options: is not a list"),
        ('["--script audit"]', "[5]", "site.toml:6: options: 5 is not a string"),
        ('near_misses = ["audits"]', "", "site.toml:1: near_misses: missing"),
        ('["audits"]', "[]", "site.toml:9: near_misses: is empty"),
        ('["audits"]', "[{ user_agent = 7 }]", "site.toml:9: user_agent: 7 is not a string"),
        ('["audits"]', '["audits"]\nsource_strings = ["ab"]',
         'site.toml:10: source_strings: "ab" has fewer characters than 3'),
        ('["audits"]', '["audits"]\nsource_strings = ["ab|1|"]',
         'site.toml:10: source_strings: "1" is not hexadecimal bytes in "ab|1|"'),
        ('["audits"]', f'["audits"]\nsource_strings = {["abc"] * 17}',
         "site.toml:10: source_strings: has more than 16 items"),
        ('["audits"]', f'["audits"]\nsince = "{"7" * 21}"',
         f'site.toml:10: since: "{"7" * 21}" has more characters than 20'),
        ("[[signature]]", "[[rule]]",
         f"site.toml:1: {UNKNOWN_TABLE}"),
        ("[[signature]]", "[[signatures]]",
         f'site.toml:1: {UNKNOWN_TABLE.replace("rule", "signatures")}; did you mean "signature"?'),
        ("[[signature]]", "[signature]",
         f"site.toml:1: {NOT_ROWS}"),
        ('{ user_agent.is = "audit" }', '{ payload.is = "|4|" }',
         'site.toml:4: payload: "4" is not hexadecimal bytes in "|4|"'),
        ('{ user_agent.is = "audit" }', '{ payload.is = "|41" }',
         'site.toml:4: payload: unpaired | in "|41"'),
        ('{ user_agent.is = "audit" }', '{ user_agent.matches = "(" }',
         f"site.toml:4: user_agent: invalid regular expression: {UNTERMINATED}"),
    ],
)  # fmt: skip
def test_an_error_is_reported_with_its_line(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert error in errors(tmp_path, ROW.replace(old, new))


@pytest.mark.parametrize(
    ("correlate", "error"),
    [
        ("{ count = 2 }", "site.toml:10: correlate: count_distinct: missing"),
        ('{ count_distinct = "uri" }', "site.toml:10: correlate: count: missing"),
        (
            "{ count_distinct = [], count = 2 }",
            "site.toml:10: correlate: count_distinct: is empty",
        ),
        (
            '{ count_distinct = 5, count = 2 }',
            "site.toml:10: correlate: count_distinct: 5 is not a string",
        ),
        (
            '{ count_distinct = "urj", count = 2 }',
            'site.toml:10: no field "urj" in http; did you mean "uri"?',
        ),
        (
            '{ count_distinct = "uri", count = 1 }',
            "site.toml:10: correlate: count: 1 is less than 2",
        ),
        (
            '{ count_distinct = "uri", count = 65 }',
            "site.toml:10: correlate: count: 65 is greater than 64",
        ),
        (
            '{ count_distinct = "uri", count = "2" }',
            'site.toml:10: correlate: count: "2" is not a whole number',
        ),
        (
            '{ count_distinct = "uri", count = 2, group = "host" }',
            'site.toml:10: correlate: group: unknown key; did you mean "group_by"?',
        ),
        (
            '{ count_distinct = "uri", count = 2, within = 5 }',
            "site.toml:10: correlate: within: unknown key",
        ),
        ('"uri"', "site.toml:10: correlate: is not a table"),
    ],
)  # fmt: skip
def test_an_error_of_a_correlation_is_reported_with_its_line(
    tmp_path: Path, correlate: str, error: str
) -> None:
    assert errors(tmp_path, f"{ROW}correlate = {correlate}\n") == [error]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("signature = 5",
         f"site.toml:1: {NOT_ROWS}"),
        ("signature = [5]", "site.toml:1: signature: is not a table"),
        ("# rows\n\nrule = 5",
         f"site.toml:3: {UNKNOWN_TABLE}"),
    ],
)  # fmt: skip
def test_anything_but_rows_is_reported(tmp_path: Path, text: str, error: str) -> None:
    assert errors(tmp_path, text) == [error]


def test_a_file_that_is_not_toml_is_reported(tmp_path: Path) -> None:
    (error,) = errors(tmp_path, "[[signature")

    assert str(error).startswith(f"{tmp_path}/site.toml: ")


def test_a_file_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(b"\xff")
    located, (error,) = read_signatures(tmp_path / "site.toml")

    assert located == []
    assert str(error).startswith(f"{tmp_path}/site.toml: ")


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    located, (error,) = read_signatures(tmp_path / "site.toml")

    assert located == []
    assert "No such file" in str(error)


def test_every_error_of_a_file_is_reported(tmp_path: Path) -> None:
    broken = ROW.replace("user_agent", "agent") + ROW.replace('"exclusive"', '"sure"')

    assert [error.partition(" ")[0] for error in errors(tmp_path, broken)] == [
        "site.toml:4:",
        "site.toml:14:",
    ]


def test_an_error_is_found_in_the_list_that_it_is_in(tmp_path: Path) -> None:
    """The field is also in lines before it, and a word of the title is a key."""
    text = ROW.replace('"Audit"', '"match examples near_misses user_agent"').replace(
        'near_misses = ["audits"]', 'near_misses = [\n    "www.example.org",\n    { size = -1 },\n]'
    )

    assert errors(tmp_path, text) == ["site.toml:11: size: -1 is not a whole number"]


def test_what_is_neither_true_nor_false_is_an_error(tmp_path: Path) -> None:
    text = ROW + 'shared = "yes"\n'

    (error,) = errors(tmp_path, text)
    assert error.endswith('shared: "yes" is not true or false')


def test_an_error_is_found_in_a_table_of_a_row(tmp_path: Path) -> None:
    table = '[signature.correlate]\ncount_distinct = "uri"\ncount = 1\n'

    assert errors(tmp_path, f"{ROW}{table}{ROW}") == [
        "site.toml:12: correlate: count: 1 is less than 2"
    ]


def test_lines_are_counted_as_toml_does(tmp_path: Path) -> None:
    text = "# a\x85b\u2028c\n" + ROW.replace('"Audit"', "5")

    assert errors(tmp_path, text) == ["site.toml:4: title: 5 is not a string"]


def test_a_file_without_rows_is_valid(tmp_path: Path) -> None:
    assert signatures(tmp_path, "# Nothing yet.\n") == []


def test_defaults_apply_to_every_row(tmp_path: Path) -> None:
    kept = [line for line in ROW.splitlines(True) if not line.startswith(("confidence", "options"))]
    row = "".join(kept)
    first, second = signatures(tmp_path, DEFAULTS + row + row.replace("http.audit", "http.second"))

    assert (first.confidence, first.options) == ("weak", ("-sV",))
    assert (second.match, second.confidence) == (first.match, first.confidence)
    assert "destination_port" in first.reads


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('"weak"', '"sure"',
         'site.toml:4: defaults: confidence: "sure" is not one of exclusive, strong, weak'),
        ('["-sV"]', "[]", "site.toml:5: defaults: options: is empty"),
        ("options ", "option ",
         'site.toml:5: defaults: option: unknown key; did you mean "options"?'),
        ("options ", "examples ", "site.toml:5: defaults: examples: unknown key"),
        ("options ", "note ", "site.toml:5: defaults: note: unknown key"),
        ("{ destination_port.is = [21, 22] }", "5", "site.toml:3: defaults: match: is not a table"),
        ("destination_port.is", "user_agnet.is",
         'site.toml:3: defaults: no field "user_agnet" in http; did you mean "user_agent"?'),
        ("[21, 22]", '["ftp"]',
         'site.toml:3: defaults: destination_port: "ftp" is not a whole number'),
        ("[21, 22]", "[]", "site.toml:3: defaults: destination_port: is has no value"),
    ],
)  # fmt: skip
def test_an_error_of_the_defaults_is_reported_once_with_its_line(
    tmp_path: Path, old: str, new: str, error: str
) -> None:
    assert errors(tmp_path, DEFAULTS.replace(old, new) + ROW + ROW) == [error]


def test_defaults_that_are_not_a_table_are_reported(tmp_path: Path) -> None:
    assert errors(tmp_path, f"# A comment.\ndefaults = 5\n{ROW}") == [
        "site.toml:2: defaults: is not a table"
    ]


def test_a_row_whose_key_only_a_default_may_omit_is_reported(tmp_path: Path) -> None:
    row = ROW.replace('source      = "audit.nse"\n', "")

    assert errors(tmp_path, DEFAULTS + row) == ["site.toml:7: source: missing"]


def test_a_later_error_has_its_line_after_defaults(tmp_path: Path) -> None:
    assert errors(tmp_path, DEFAULTS + ROW.replace('"Audit"', "5")) == [
        "site.toml:9: title: 5 is not a string"
    ]


def test_the_samples_are_valid(tmp_path: Path) -> None:
    assert [row.id for row in signatures(tmp_path, DEFAULTS + ROW)] == ["http.audit"]
