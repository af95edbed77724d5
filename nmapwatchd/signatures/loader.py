"""Signature files are read here: TOML in, signatures out, every fault with its file and line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.correlation import MAXIMUM_COUNTED
from nmapwatchd.core.matching.expression import (
    AllOf,
    AnyOf,
    Expression,
    Operators,
    Term,
    compile_check,
)
from nmapwatchd.core.matching.matcher import COMMON_FIELDS, Kind, Matcher
from nmapwatchd.core.matching.signature import DEFAULT_TECHNIQUES, Correlation, Example, Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.matchers import MATCHERS


class _Correlation(BaseModel):
    """The `correlate` table of a row; each list of fields may be a single name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    group_by: str | list[str] = []
    count_distinct: str | list[str]
    count: int = Field(ge=2, le=MAXIMUM_COUNTED)
    must_vary: str | list[str] = []


# A string of a source file: too short, and it stands everywhere.
_Word = Annotated[str, Field(min_length=3, max_length=200)]


# An id of MITRE ATT&CK, of a technique or a sub-technique.
_Technique = Annotated[str, Field(pattern=r"^T[0-9]{4}(\.[0-9]{3})?$")]


class _Row(BaseModel):
    """A `[[signature]]` as it stands in the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9][a-z0-9-]*)+$")
    title: str = Field(min_length=1)
    match: dict[str, Any]
    confidence: str
    options: list[str] = Field(min_length=1)
    source: str = Field(min_length=1)
    examples: list[Any] = Field(min_length=1)
    near_misses: list[Any] = Field(min_length=1)
    note: str = ""
    tool: str = "nmap"
    techniques: list[_Technique] = [*DEFAULT_TECHNIQUES]
    correlate: _Correlation | None = None
    source_strings: list[_Word] = Field(default=[], max_length=16)
    since: str = Field(default="", max_length=20)
    until: str = Field(default="", max_length=20)


# Words that stand in the file, so that a fault can be found there.
_KEYS = frozenset((*_Row.model_fields, *_Correlation.model_fields))


class _WrongError(Exception):
    """Something in a row is wrong; `key` is the word to look for in the file."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key, self.what = key, what


def shipped_catalogue() -> Catalogue:
    """Return the catalogue that comes with the program."""
    return catalogue_of([])


def catalogue_of(site_directories: Iterable[Path]) -> Catalogue:
    """
    Return the shipped signatures and those of the given directories as one catalogue.

    Raises:
        OperatorError: with every fault of every file.
    """
    shipped = [f for f in files("nmapwatchd.signatures").iterdir() if f.name.endswith(".toml")]
    sources: list[Traversable | Path] = sorted(shipped, key=lambda f: f.name)
    for directory in site_directories:
        sources += sorted(directory.glob("*.toml"))
    faults: list[Diagnostic] = []
    rows: dict[str, Signature] = {}
    for source in sources:
        for signature in _read(source, faults):
            if signature.id in rows:
                faults.append(Diagnostic(source.name, f"the id {signature.id} is taken"))
            rows[signature.id] = signature
    if faults:
        raise OperatorError(*faults)
    return Catalogue.of(MATCHERS.values(), rows.values())


def _read(source: Traversable | Path, faults: list[Diagnostic]) -> list[Signature]:
    try:
        text = source.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        faults.append(Diagnostic(str(source), str(error)))
        return []
    faults += [
        Diagnostic(source.name, f'unknown table "{key}"; a file holds [[signature]] rows')
        for key in document.keys() - {"signature"}
    ]
    signatures = []
    rows = document.get("signature", [])
    if not isinstance(rows, list):
        faults.append(Diagnostic(source.name, "signature: a row begins with [[signature]]"))
        return []
    for index, raw in enumerate(rows):
        try:
            signatures.append(_signature(_Row.model_validate(raw)))
        except ValidationError as error:
            for fault in error.errors():
                words = _words(fault["loc"])
                where = f"{source.name}:{_line(text, index, words)}"
                faults.append(
                    Diagnostic(where, f"{words[0]}: {_plain(fault['type'], fault['msg'])}")
                )
        except _WrongError as wrong:
            faults.append(
                Diagnostic(f"{source.name}:{_line(text, index, [wrong.key])}", wrong.what)
            )
    return signatures


def _words(where: tuple[int | str, ...]) -> list[str]:
    """Return the words of the file that a fault is about, the innermost first."""
    known = [str(part) for part in where if part in _KEYS]
    return known[::-1] or [str(where[0]) if where else ""]


def _plain(kind: str, message: str) -> str:
    """Say pydantic's two commonest faults in the operator's words."""
    return {"extra_forbidden": "unknown key", "missing": "missing"}.get(kind, message)


def _line(text: str, index: int, words: Iterable[str]) -> int:
    """Return the line, within the row of that number, of the first word there; else of the row."""
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines, 1) if line.strip() == "[[signature]]"]
    if index >= len(heads):
        return 1
    end = heads[index + 1] if index + 1 < len(heads) else len(lines) + 1
    for word in filter(None, words):
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        for number in range(heads[index], end):
            if whole.search(lines[number - 1]):
                return number
    return heads[index]


def _signature(row: _Row) -> Signature:
    name = row.id.partition(".")[0]
    matcher = MATCHERS.get(name)
    if matcher is None:
        raise _WrongError(row.id, f'no matcher is called "{name}"{_hint(name, MATCHERS)}')
    try:
        confidence = Confidence(row.confidence)
    except ValueError:
        choices = ", ".join(Confidence)
        raise _WrongError(
            "confidence", f'confidence: "{row.confidence}" is none of {choices}'
        ) from None
    match = _expression(row.match, matcher)
    sole = next(iter(row.match)) if len(row.match) == 1 else ""
    return Signature(
        id=row.id,
        matcher=name,
        title=row.title,
        match=match,
        confidence=confidence,
        options=tuple(row.options),
        source=row.source,
        examples=tuple(_example(e, sole, matcher) for e in row.examples),
        near_misses=tuple(_example(e, sole, matcher) for e in row.near_misses),
        note=row.note,
        tool=row.tool,
        techniques=tuple(row.techniques),
        correlate=None if row.correlate is None else _correlation(row.correlate, matcher),
        source_strings=tuple(_content(word, "source_strings") for word in row.source_strings),
        since=row.since,
        until=row.until,
    )


def _correlation(table: _Correlation, matcher: Matcher) -> Correlation:
    """Return what a `correlate` table says."""
    lists = []
    for names in (table.group_by, table.count_distinct, table.must_vary):
        listed = (names,) if isinstance(names, str) else tuple(names)
        for name in listed:
            _kind(name, matcher)
        lists.append(listed)
    group_by, count_distinct, must_vary = lists
    if not count_distinct:
        raise _WrongError(
            "count_distinct", "count_distinct: name the field whose values are counted"
        )
    return Correlation(group_by, count_distinct, table.count, must_vary)


def _expression(table: Mapping[str, Any], matcher: Matcher) -> Expression:
    """Return what a `match` table says: every key must hold, `any` lists alternatives."""
    parts: list[Expression] = []
    for key, condition in table.items():
        if key == "any":
            if not isinstance(condition, list) or not condition:
                raise _WrongError("any", "any: must be a list of tables")
            parts.append(AnyOf(tuple(_expression(branch, matcher) for branch in condition)))
            continue
        kind = _kind(key, matcher)
        if not isinstance(condition, dict) or not condition:
            raise _WrongError(key, f'{key}: say how to compare, as in {key}.is = "..."')
        for word, values in condition.items():
            if word not in Operators:
                choices = ", ".join(Operators)
                raise _WrongError(word, f'{key}: "{word}" is no comparison; there are {choices}')
            listed = values if isinstance(values, list) else [values]
            if not listed:
                raise _WrongError(key, f"{key}: an empty list never holds")
            literals = tuple(_literal(v, key, kind) for v in listed)
            parts.append(_compilable(Term(key, Operators[word], literals)))
    if not parts:
        raise _WrongError("match", "match: is empty")
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _compilable(term: Term) -> Term:
    try:
        compile_check(term)
    except (re.error, OverflowError, RecursionError) as error:  # a pattern that is none
        raise _WrongError(term.field, f"{term.field}: {error}") from None
    return term


def _kind(name: str, matcher: Matcher) -> Kind:
    field = matcher.field_named(name)
    if field is None:
        known = [*matcher.fields, *COMMON_FIELDS]
        raise _WrongError(name, f'no field "{name}" in {matcher.name}{_hint(name, known)}')
    return field.kind


def _hint(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _example(value: Any, sole: str, matcher: Matcher) -> Example:
    """Return an example: a table of fields, or the value of the only field that is asked about."""
    if not isinstance(value, dict):
        if not sole or sole == "any":
            raise _WrongError(
                "examples", f"{value!r}: with several fields, an example is a table of them"
            )
        value = {sole: value}
    return Example(
        tuple(
            (name, tuple(_literal(v, name, _kind(name, matcher)) for v in _listed(values)))
            for name, values in value.items()
        )
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _literal(value: Any, key: str, kind: Kind) -> str:
    """Return a value as fields hold it: decimal digits, or one character a byte, or as it is."""
    match kind:
        case Kind.NUMBER:
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise _WrongError(key, f"{key}: {value!r} is not a whole number")
            return str(value)
        case Kind.BYTES if isinstance(value, str):
            return _content(value, key)
        case Kind.TEXT if isinstance(value, str):
            return value
        case _:
            raise _WrongError(key, f"{key}: {value!r} is not a string")


def _content(text: str, key: str) -> str:
    """Read `text|0d 0a|text`, Snort's way to write bytes; a bar itself is `|7c|`."""
    pieces = text.split("|")
    if len(pieces) % 2 == 0:
        raise _WrongError(key, f"{key}: a | without its pair in {text!r}")
    try:
        return "".join(
            bytes.fromhex(piece).decode("latin-1")
            if number % 2
            else piece.encode().decode("latin-1")
            for number, piece in enumerate(pieces)
        )
    except ValueError as error:
        raise _WrongError(key, f"{key}: {error} in {text!r}") from None
