"""Rows of a signature file: validated tables, and the signatures that they describe."""

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, assert_never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nmapwatchd.core.matching.correlation import MAXIMUM_COUNTED
from nmapwatchd.core.matching.expression import (
    AllOf,
    AnyOf,
    Expression,
    Op,
    Term,
    compile_check,
)
from nmapwatchd.core.matching.matcher import Field as MatcherField
from nmapwatchd.core.matching.matcher import Kind, Matcher
from nmapwatchd.core.matching.pattern import PatternError
from nmapwatchd.core.matching.signature import (
    DEFAULT_TECHNIQUES,
    Correlation,
    Example,
    Signature,
)
from nmapwatchd.core.rule import CERTAINTY, Confidence
from nmapwatchd.errors import did_you_mean
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.values import (
    SignatureError,
    known_field,
    listed,
    literal,
    parse_bytes,
    quoted,
    within,
)

_STRICT = ConfigDict(extra="forbid", strict=True)

# An id of MITRE ATT&CK, of a technique or a sub-technique.
_Technique = Annotated[str, Field(pattern=r"^T[0-9]{4}(\.[0-9]{3})?$")]
_Confidence = Annotated[Confidence, Field(strict=False)]
_Text = Annotated[str, Field(min_length=1)]
_Options = Annotated[list[str], Field(min_length=1)]
_Version = Annotated[str, Field(max_length=20)]
# Other software, with the file or page that shows it.
_Sender = Annotated[str, Field(min_length=1, max_length=200)]
_FieldNames = Annotated[list[str], BeforeValidator(listed)]
# A string of a source file; a shorter one occurs in every file.
_SourceString = Annotated[str, Field(min_length=3, max_length=200)]

# The operators for each kind of field.
_OPERATORS = {
    Kind.NUMBER: (Op.IS, Op.IS_NOT, Op.AT_LEAST, Op.AT_MOST),
    Kind.TEXT: (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.STARTS, Op.ENDS, Op.MATCHES),
    Kind.BYTES: (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.STARTS, Op.ENDS, Op.MATCHES),
}
_KINDS = {Kind.NUMBER: "numbers", Kind.TEXT: "text", Kind.BYTES: "bytes"}
# Of these, an empty value would be in every message.
_PARTIAL = frozenset((Op.CONTAINS, Op.STARTS, Op.ENDS, Op.MATCHES))
# Combinations of a row's values of which a packet must have one: the filters are compiled from
# them. The largest shipped row has 110.
_MAXIMUM_COMBINATIONS = 1_024


class CorrelationTable(BaseModel):
    """The `correlate` table of a row; each list of fields may be a single name."""

    model_config = _STRICT

    group_by: _FieldNames = []
    count_distinct: Annotated[_FieldNames, Field(min_length=1)]
    count: int = Field(ge=2, le=MAXIMUM_COUNTED)
    must_vary: _FieldNames = []
    consecutive: str = ""


class Defaults(BaseModel):
    """
    The `[defaults]` table of a file.

    A row that does not have one of these keys takes the file's. `match` is different: its
    conditions are added to those of every row. An example or a near miss that leaves out a field
    which `match` compares by `is` takes the first of the values there.
    """

    model_config = _STRICT

    match: dict[str, Any] = {}
    confidence: _Confidence | None = None
    options: _Options | None = None
    source: _Text | None = None
    tool: _Text | None = None
    techniques: list[_Technique] | None = None
    shared: bool | None = None
    since: _Version | None = None
    until: _Version | None = None
    off_link: _Confidence | None = None

    @property
    def row_values(self) -> dict[str, Any]:
        """The values that a row takes if it does not have the key."""
        return self.model_dump(exclude_none=True, exclude={"match"})

    @property
    def example_values(self) -> dict[str, Any]:
        """The values that an example takes if it does not have the field."""
        return {
            field: listed(condition["is"])[0]
            for field, condition in self.match.items()
            if field != "any" and "is" in condition
        }


class Row(BaseModel):
    """A `[[signature]]` table of a file."""

    model_config = _STRICT

    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9][a-z0-9-]*)+$")
    title: _Text
    match: dict[str, Any]
    confidence: _Confidence
    options: _Options
    source: _Text
    examples: list[Any] = Field(min_length=1)
    near_misses: list[Any] = Field(min_length=1)
    note: str = ""
    also_sent_by: list[_Sender] = Field(default=[], max_length=16)
    shared: bool = False
    tool: _Text = "nmap"
    techniques: list[_Technique] = [*DEFAULT_TECHNIQUES]
    correlate: CorrelationTable | None = None
    source_strings: list[_SourceString] = Field(default=[], max_length=16)
    since: _Version = ""
    until: _Version = ""
    off_link: _Confidence | None = None


def signature_of(row: Row, defaults: Defaults) -> Signature:
    """
    Return the signature that a row describes.

    Raises:
        SignatureError: the row, or the defaults for its matcher, are invalid.
    """
    name = row.id.partition(".")[0]
    matcher = MATCHERS.get(name)
    if matcher is None:
        hint = did_you_mean(name, MATCHERS)
        raise SignatureError(f'id: unknown matcher "{name}"{hint}', "id")
    with within("defaults"), within("match"):
        conditions = _conditions(defaults.match, matcher)
    with within("match"):
        if not row.match:
            raise SignatureError("match: is empty")
        conditions += _conditions(row.match, matcher)
        match = _all_of(conditions)
        if (combinations := _combinations(match)) > _MAXIMUM_COMBINATIONS:
            raise SignatureError(
                f"match: has {combinations} combinations of values, more than "
                f"{_MAXIMUM_COMBINATIONS}; make several signatures of it"
            )
    field = next(iter(row.match)) if len(row.match) == 1 and "any" not in row.match else ""
    examples, near_misses = (
        tuple(_example(key, value, field, defaults.example_values, matcher) for value in values)
        for key, values in (("examples", row.examples), ("near_misses", row.near_misses))
    )
    if row.off_link is not None and CERTAINTY[row.off_link] >= CERTAINTY[row.confidence]:
        message = f"off_link: {row.off_link} is not less certain than {row.confidence}"
        raise SignatureError(message, "off_link")
    with within("source_strings"):
        source_strings = tuple(parse_bytes(s, "source_strings") for s in row.source_strings)
    return Signature(
        id=row.id,
        matcher=name,
        title=row.title,
        match=match,
        confidence=row.confidence,
        options=tuple(row.options),
        source=row.source,
        examples=examples,
        near_misses=near_misses,
        note=row.note,
        also_sent_by=tuple(row.also_sent_by),
        shared=row.shared,
        tool=row.tool,
        techniques=tuple(row.techniques),
        correlate=None if row.correlate is None else _correlation(row.correlate, matcher),
        source_strings=source_strings,
        since=row.since,
        until=row.until,
        off_link=row.off_link,
    )


def _conditions(table: Mapping[str, Any], matcher: Matcher) -> list[Expression]:
    """Return the conditions of a `match` table; `any` lists alternatives."""
    conditions: list[Expression] = []
    for key, condition in table.items():
        if key == "any":
            conditions.append(_any_of(condition, matcher))
            continue
        field = known_field(key, matcher)
        if not isinstance(condition, dict) or not condition:
            raise SignatureError(f'{key}: no operator, as in {key}.is = "..."', key)
        conditions += [_term(key, name, values, field) for name, values in condition.items()]
    return conditions


def _any_of(branches: Any, matcher: Matcher) -> Expression:
    if not isinstance(branches, list) or not branches:
        raise SignatureError("any: is not a list of tables", "any")
    alternatives = []
    for branch in branches:
        if not isinstance(branch, dict) or not branch:
            raise SignatureError(f"any: {quoted(branch)} is not a table of conditions", "any")
        alternatives.append(_all_of(_conditions(branch, matcher)))
    return AnyOf(tuple(alternatives))


def _all_of(conditions: list[Expression]) -> Expression:
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _combinations(expression: Expression) -> int:
    """Return how many combinations of values an expression allows."""
    match expression:
        case Term(values=values):
            return len(values)
        case AllOf(parts):
            return prod(map(_combinations, parts))
        case AnyOf(parts):
            return sum(map(_combinations, parts))
        case _:
            assert_never(expression)


def _term(name: str, word: str, values: Any, field: MatcherField) -> Term:
    operator = next((op for op in Op if op == word), None)
    if operator is None:
        choices = ", ".join(Op)
        message = f'{name}: unknown operator "{word}"; use {choices}{did_you_mean(word, Op)}'
        raise SignatureError(message, name)
    if operator not in _OPERATORS[field.kind]:
        choices = ", ".join(_OPERATORS[field.kind])
        kind = _KINDS[field.kind]
        raise SignatureError(f"{name}: {operator} does not compare {kind}; use {choices}", name)
    if values == []:
        raise SignatureError(f"{name}: {operator} has no value", name)
    term = Term(name, operator, tuple(literal(value, name, field) for value in listed(values)))
    if operator in _PARTIAL and "" in term.values:
        raise SignatureError(
            f"{name}: {operator} has an empty value, which all messages have", name
        )
    try:
        compile_check(term)
    except PatternError as error:
        raise SignatureError(f"{name}: invalid regular expression: {error}", name) from None
    return term


def _example(
    key: str, value: Any, field: str, defaults: Mapping[str, Any], matcher: Matcher
) -> Example:
    """
    Return an example or a near miss.

    Args:
        key: the list that it is in.
        value: a table of fields, or the value of the only field that the row's `match` compares.
        field: that field, or empty if `match` compares several.
        defaults: values of fields that may be left out.
        matcher: the matcher whose fields they are.
    """
    if not isinstance(value, dict):
        if not field:
            raise SignatureError(f"{key}: {quoted(value)} is not a table of fields", key)
        value = {field: value}
    with within(key):
        return Example(
            tuple(
                (name, tuple(literal(v, name, known_field(name, matcher)) for v in listed(values)))
                for name, values in {**defaults, **value}.items()
            )
        )


def _correlation(table: CorrelationTable, matcher: Matcher) -> Correlation:
    """Return the correlation that a `correlate` table describes."""
    with within("correlate"):
        for name in (*table.group_by, *table.count_distinct, *table.must_vary):
            known_field(name, matcher)
        if table.consecutive and known_field(table.consecutive, matcher).kind is not Kind.NUMBER:
            message = f"consecutive: {table.consecutive} is not a number"
            raise SignatureError(message, "consecutive")
    return Correlation(
        group_by=tuple(table.group_by),
        count_distinct=tuple(table.count_distinct),
        count=table.count,
        must_vary=tuple(table.must_vary),
        consecutive=table.consecutive,
    )
