"""The manual pages are well-formed, and nmapwatchd.toml(5) describes every key as it is."""

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
import pytest
from pydantic.fields import FieldInfo

from nmapwatchd import cli
from nmapwatchd.config.reader import TABLES, validate_settings
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import SINK_TABLES
from nmapwatchd.config.table import Table
from nmapwatchd.core.attribution.allowlist import Hours
from nmapwatchd.core.windows.window import KEYS
from nmapwatchd.filters.wrappings import Wrapping

DOCS = Path(__file__).parents[1] / "docs"
SERVICE, CONFIGURATION = DOCS / "nmapwatchd.8", DOCS / "nmapwatchd.toml.5"

# The table that each section of the page describes.
SECTIONS: dict[str, type[Table]] = {
    "The file": Settings,
    **{f"[{name}]": table for name, table in TABLES.items() if name != "authorised"},
    **{f'kind = "{kind}"': table for kind, table in SINK_TABLES.items()},
    "[[authorised]]": TABLES["authorised"],
}


def plain(line: str) -> str:
    """Return a line of mdoc(7) without its macro and escapes."""
    line = re.sub(r"^\.\w+ ", "", line).replace(r"\(dq", '"').replace(r"\&", "")
    return re.sub(r" ([,.])", r"\1", line)


def sections() -> dict[str, list[str]]:
    """Return the lines of each subsection of the configuration's page."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^\.Ss ", CONFIGURATION.read_text(), flags=re.MULTILINE)[1:]:
        title, *lines = re.split(r"^\.Sh ", part, flags=re.MULTILINE)[0].splitlines()
        found[plain(title)] = lines
    return found


def entries(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Return the keys that lines describe, each with its default and its first sentence."""
    found = {}
    for number, line in enumerate(lines):
        if line.startswith(".It Li "):
            key, _, default = plain(plain(line)).removeprefix("Li ").partition(" = ")
            end = next(n for n in range(number + 1, len(lines)) if lines[n].endswith("."))
            sentence = " ".join(map(plain, lines[number + 1 : end + 1]))
            found[key] = default, sentence
    return found


def described(table: type[Table]) -> dict[str, tuple[str, str]]:
    """Return what the page has to say of a table's keys."""
    return {
        field.alias or name: (default(name, field), sentence(name, field))
        for name, field in table.model_fields.items()
        if name not in {*TABLES, "sink", "kind"}
    }


def default(name: str, field: FieldInfo) -> str:
    """Return a key's default as TOML; '' if it has none that a file could contain."""
    if field.is_required() or field.default is None:
        return ""
    if name == "unwrap":
        assert field.default == tuple(Wrapping)
        return '"auto"'
    listed = isinstance(field.default, tuple | frozenset)
    return json.dumps([*map(str, field.default)] if listed else field.default)


def sentence(name: str, field: FieldInfo) -> str:
    """Return the type of a key, its bounds, and whether it is required."""
    bounds = {type(m): m for m in field.metadata}
    text = "auto or list of strings" if name == "unwrap" else type_of(field.annotation)
    least, most = bounds.get(annotated_types.Ge), bounds.get(annotated_types.Le)
    if least is not None:
        text += f", {least.ge} to {most.le}" if most is not None else f", at least {least.ge}"
    if annotated_types.MinLen in bounds:
        text += ", not empty"
    return f"{text}{', required' if field.is_required() else ''}."


def type_of(annotation: Any) -> str:
    """Return a type as the page calls it."""
    if get_origin(annotation) is Annotated:
        return type_of(get_args(annotation)[0])
    if get_origin(annotation) is UnionType or type(None) in get_args(annotation):
        first, *others = (type_of(a) for a in get_args(annotation) if a is not type(None))
        assert set(others) <= {first}
        return first
    if get_origin(annotation) is Literal:
        *words, last = get_args(annotation)
        return f"{', '.join(words)} or {last}"
    if get_origin(annotation) is frozenset:
        return "String or list of strings"
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        is_text = type_of(item) == "String"
        return "List of strings" if is_text else "String or list of strings"
    if annotation is Mapping or get_origin(annotation) in {dict, Mapping}:
        return "Table"
    names = {int: "Whole number", str: "String", Path: "String", Hours: "String", date: "Date"}
    return names.get(annotation, "Network")


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_described_with_its_type_bounds_and_default(title: str) -> None:
    assert entries(sections()[title]) == described(SECTIONS[title])


def test_every_table_of_the_file_has_its_section() -> None:
    titles = [*SECTIONS, "[[sink]]", "Syslog formats"]

    assert sorted(sections()) == sorted(titles)
    assert list(entries(sections()["[[sink]]"])) == ["kind"]
    assert {*Settings.model_fields} == {*described(Settings), *TABLES, "sink"}


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("[[sink]]", [*SINK_TABLES]),
        ("[window]", [*KEYS]),
        ("The file", [*Wrapping]),
        ("Syslog formats", ["rfc5424", "rfc3164", "cef"]),
    ],
)
def test_every_word_that_a_value_may_be_is_named(title: str, words: list[str]) -> None:
    text = " ".join(map(plain, sections()[title]))

    assert [word for word in words if not re.search(rf"\b{word}\b", text)] == []


def test_every_example_is_valid() -> None:
    text = CONFIGURATION.read_text()
    examples = [plain(line) for line in re.findall(r"^Example:\n(.*)$", text, re.MULTILINE)]
    keys = {title: entries(lines) for title, lines in sections().items()}

    assert len(examples) > 10
    for example in examples:
        (title,) = {t for t in SECTIONS if example in " ".join(map(plain, sections()[t]))}
        assert example.partition(" = ")[0] in keys[title]
        validate_settings(tomllib.loads(in_its_table(title, example)), title)


def in_its_table(title: str, example: str) -> str:
    """Return a configuration that contains an example of a section."""
    key = example.partition(" = ")[0]
    required = {
        "[[authorised]]": {"name": '"a"', "from": '"192.0.2.1"'},
        'kind = "syslog"': {"to": '"tls://a:1"', "cert_file": '"/c"'},
    }.get(title, {})
    if key == "sd_id":
        required = {"to": '"udp://a:1"'}
    others = "".join(f"{k} = {v}\n" for k, v in required.items() if k != key)
    head = {"The file": ""}.get(title, f"[[sink]]\n{title}" if "kind" in title else title)
    return f"{head}\n{others}{example}\n"


def test_the_whole_example_is_valid() -> None:
    (example,) = re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", CONFIGURATION.read_text(), re.DOTALL)

    settings = validate_settings(tomllib.loads(example), "example")

    assert len(settings.sink) == 3


@pytest.mark.parametrize("page", [SERVICE, CONFIGURATION], ids=lambda page: page.name)
def test_a_page_is_well_formed(page: Path) -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(page)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.stdout, done.returncode) == ("", 0)


def test_the_services_page_has_every_command_and_option() -> None:
    text = SERVICE.read_text()
    synopsis = dict(
        re.findall(
            r"^\.Nm\n\.Cm (\w+)\n((?:\.Op .*\n)*)", text.partition(".Sh DESC")[0], re.MULTILINE
        )
    )

    assert list(synopsis) == list(cli._COMMANDS)
    for name, parser in cli._parsers()[1].items():
        assert f".It Cm {name}\n" in text
        options = {option for option in parser.options if option.startswith("--")} - {"--help"}
        assert {f"--{word}" for word in re.findall(r"Fl Fl (\w+)", synopsis[name])} == options
