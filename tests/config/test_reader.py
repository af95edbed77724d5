"""Every error of a configuration is reported at once, with file, key and message."""

from pathlib import Path

import pytest

from nmapwatchd.config.reader import read_settings
from nmapwatchd.core.windows.window import KEYS
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.wrappings import Wrapping
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


# A word that is not known, and the error.
UNKNOWN = [
    ({"colour": "red"}, "colour: unknown key"),
    ({"window": {"breadth": 3}}, "window.breadth: unknown key"),
    ({"spool": {"dir": "/x"}}, "spool.dir: unknown key"),
    ({"a\nb": 1}, r"a\nb: unknown key"),
    ({"a\nb": {"c": 1}}, r"a\nb: unknown key"),
    (
        {"sink": [{"kind": "syslog", "to": "udp://a:1", "ca": 1}]},
        "sink[1].ca: unknown key of a syslog sink",
    ),
]
# The same, and the word that was meant.
MISTYPED = [
    ({"heartbeat_second": 9}, "heartbeat_second: unknown key", "heartbeat_seconds"),
    ({"windows": {}}, "windows: unknown key", "window"),
    ({"window": {"secs": 3}}, "window.secs: unknown key", "seconds"),
    ({"evidence": {"treshold": 3}}, "evidence.treshold: unknown key", "threshold"),
    ({"spool": {"max_messages": 1}}, "spool.max_messages: unknown key", "maximum_messages"),
    (
        {"authorised": [{"name": "a", "from": "10.0.0.5", "form": 1}]},
        "authorised[1].form: unknown key",
        "from",
    ),
    (
        {"sink": [{"kind": "jsonl", "path": "/x", "paht": 1}]},
        "sink[1].paht: unknown key of a jsonl sink",
        "path",
    ),
    (
        {"sink": [{"kind": "sylog"}]},
        'sink[1].kind: unknown kind "sylog"; use journald, jsonl, syslog',
        "syslog",
    ),
    (
        {"window": {"by": ["source", "destinations"]}},
        f"window.by: unknown key 'destinations'; use {', '.join(KEYS)}",
        "destination",
    ),
    (
        {"unwrap": ["vxlam"]},
        f"unwrap: unknown wrapping 'vxlam'; use {', '.join(Wrapping)}",
        "vxlan",
    ),
]


@pytest.mark.parametrize(("document", "text"), UNKNOWN)
def test_an_unknown_word_like_no_other_is_reported(document: dict[str, object], text: str) -> None:
    assert diagnostics(**document) == [f"conf: {text}"]


@pytest.mark.parametrize(("document", "text", "meant"), MISTYPED)
def test_a_mistyped_word_is_reported_with_the_one_that_was_meant(
    document: dict[str, object], text: str, meant: str
) -> None:
    assert diagnostics(**document) == [f'conf: {text}; did you mean "{meant}"?']


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"authorised": [{"name": "a"}]}, "authorised[1].from: missing, and so is mac"),
        ({"window": 3}, "window: must be a table: [window]"),
        ({"sink": {"kind": "journald"}}, "sink: must be a table: [[sink]]"),
        ({"sink": [3]}, "sink[1]: must be a table: [[sink]]"),
        ({"authorised": [3]}, "authorised[1]: must be a table: [[authorised]]"),
        ({"interfaces": "eth0"}, "interfaces: must be a list: [ ... ]"),
        ({"window": {"by": "source"}}, "window.by: must be a list: [ ... ]"),
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
