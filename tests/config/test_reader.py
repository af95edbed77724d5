"""Every error of a configuration is reported at once, with file, key and message."""

from pathlib import Path

import pytest

from nmapwatchd.config.reader import read_settings
from nmapwatchd.errors import OperatorError
from tests.config.diagnostics import diagnostics


def test_all_errors_are_reported_at_once() -> None:
    lines = diagnostics(
        interfaces=["eth0/x"],
        window={"seconds": 0, "by": ["destination"]},
        sink=[{"kind": "syslog"}, {"kind": "journald", "path": "/x"}],
        authorised=[{"name": "audit", "from": "10.0.0.300"}],
        colour="red",
    )

    assert {line.split(": ")[1] for line in lines} == {
        "interfaces[1]", "window.seconds", "window.by", "sink[1].to", "sink[2].path",
        "authorised[1].from", "colour",
    }  # fmt: skip


def test_a_file_that_nests_too_deeply_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(f"interfaces = {'[' * 5000}")

    with pytest.raises(OperatorError, match="recursion"):
        read_settings(file)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"window": {"secs": 3}}, "window.secs: unknown key"),
        ({"authorised": [{"name": "a"}]}, "authorised[1].from: missing, and so is mac"),
        ({"window": 3}, "window: must be a table: [window]"),
        ({"sink": {"kind": "journald"}}, "sink: must be a table: [[sink]]"),
        ({"sink": [3]}, "sink[1]: must be a table: [[sink]]"),
        ({"authorised": [3]}, "authorised[1]: must be a table: [[authorised]]"),
        ({"interfaces": "eth0"}, "interfaces: must be a list: [ ... ]"),
        ({"window": {"by": "source"}}, "window.by: must be a list: [ ... ]"),
        ({"a\nb": 1}, r"a\nb: unknown key"),
        ({"a\nb": {"c": 1}}, r"a\nb: unknown key"),
    ],
)
def test_an_error_is_one_plain_line(document: dict[str, object], text: str) -> None:
    assert diagnostics(**document) == [f"conf: {text}"]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(OperatorError, match=r"^/no/such/file: No such file or directory$"):
        read_settings(Path("/no/such/file"))


def test_a_file_that_is_not_toml_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("interfaces = [\n")

    with pytest.raises(OperatorError, match=r"broken\.toml: .*line 1|broken\.toml: .*end of doc"):
        read_settings(file)


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(OperatorError, match=r"binary\.toml: .*utf-8"):
        read_settings(file)


def test_an_error_of_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[[sink]]\nkind = 'jsonl'\n")

    with pytest.raises(OperatorError) as raised:
        read_settings(file)

    assert str(raised.value) == f"{file}: sink[1].path: missing"


def test_an_unknown_kind_is_one_line_whatever_it_contains() -> None:
    (line,) = diagnostics(sink=[{"kind": "a\nb"}])

    assert line == r'conf: sink[1].kind: unknown kind "a\nb"; use journald, jsonl, syslog'
