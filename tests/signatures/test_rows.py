"""A row becomes a signature, with the defaults of its file."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.signature import Correlation, Example, Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.signatures.rows import Defaults, Row, signature_of
from nmapwatchd.signatures.values import SignatureError

TABLE: Mapping[str, Any] = {
    "id": "http.audit",
    "title": "Audit",
    "match": {"user_agent": {"is": "audit"}},
    "confidence": "exclusive",
    "options": ["--script audit"],
    "source": "audit.nse",
    "examples": ["audit"],
    "near_misses": ["audits"],
}
OPERATORS = "is, is_not, contains, starts, ends, matches, at_least, at_most"
TEXT_OPERATORS = "is, is_not, contains, starts, ends, matches"
AUDIT = Term("user_agent", Op.IS, ("audit",))


def signature(defaults: Mapping[str, Any] | None = None, **keys: Any) -> Signature:
    read = Defaults.model_validate(defaults or {})
    table = {**read.row_values, **TABLE, **keys}
    return signature_of(Row.model_validate(table), read)


def refused(defaults: Mapping[str, Any] | None = None, **keys: Any) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(SignatureError) as raised:
        signature(defaults, **keys)
    return raised.value.message, raised.value.path


def test_every_key_of_a_row_reaches_the_signature() -> None:
    assert signature(
        note="A note.",
        also_sent_by=["A check."],
        shared=True,
        tool="audit",
        correlate={"group_by": "host", "count_distinct": ["uri", "size"], "count": 3},
        source_strings=["a|00|b"],
        since="7.80",
        until="7.93",
        off_link="weak",
    ) == Signature(
        id="http.audit",
        matcher="http",
        title="Audit",
        match=AUDIT,
        confidence=Confidence.EXCLUSIVE,
        options=("--script audit",),
        source="audit.nse",
        examples=(Example((("user_agent", ("audit",)),)),),
        near_misses=(Example((("user_agent", ("audits",)),)),),
        note="A note.",
        also_sent_by=("A check.",),
        shared=True,
        tool="audit",
        correlate=Correlation(group_by=("host",), count_distinct=("uri", "size"), count=3),
        source_strings=("a\x00b",),
        since="7.80",
        until="7.93",
        off_link=Confidence.WEAK,
    )


def test_a_row_takes_the_files_shared_unless_it_has_its_own() -> None:
    assert signature({"shared": True}).rule.shared
    assert not signature({"shared": True}, shared=False).rule.shared
    assert not signature().rule.shared


def test_every_condition_must_hold_and_any_lists_alternatives() -> None:
    match = {
        "uri": {"is": ["/a", "/b"], "ends": "b"},
        "any": [{"host": {"is": "x"}}, {"size": {"is": 7}, "method": {"is": "GET"}}],
    }
    row = signature(match=match, examples=[{"uri": "/b", "host": "x"}], near_misses=[{"uri": "/c"}])

    assert row.match == AllOf(
        (
            Term("uri", Op.IS, ("/a", "/b")),
            Term("uri", Op.ENDS, ("b",)),
            AnyOf(
                (
                    Term("host", Op.IS, ("x",)),
                    AllOf((Term("size", Op.IS, ("7",)), Term("method", Op.IS, ("GET",)))),
                )
            ),
        )
    )


@pytest.mark.parametrize("op", Op)
def test_every_operator_can_be_written(op: Op) -> None:
    field, value = ("size", 7) if op in (Op.AT_LEAST, Op.AT_MOST) else ("uri", "7")
    row = signature(match={field: {op.value: value}}, examples=[value], near_misses=[value])

    assert row.match == Term(field, op, ("7",))


def test_a_correlation_may_require_values_that_vary() -> None:
    table = {"count_distinct": "uri", "count": 2, "must_vary": ["host", "size"]}
    row = signature(correlate=table)

    assert row.correlate == Correlation((), ("uri",), 2, ("host", "size"))
    assert {"uri", "host", "size"} <= set(row.reads)


@pytest.mark.parametrize(
    ("keys", "message", "path"),
    [
        ({"id": "htp.audit"}, 'id: unknown matcher "htp"; did you mean "http"?', ("id",)),
        ({"id": "qqqqqq.audit"}, 'id: unknown matcher "qqqqqq"', ("id",)),
        ({"match": {}}, "match: is empty", ("match",)),
        (
            {"match": {"user_agnet": {"is": "x"}}},
            'no field "user_agnet" in http; did you mean "user_agent"?',
            ("match", "user_agnet"),
        ),
        (
            {"match": {"uri": {"begins": "x"}}},
            f'uri: unknown operator "begins"; use {OPERATORS}',
            ("match", "uri"),
        ),
        (
            {"match": {"uri": {"start": "x"}}},
            f'uri: unknown operator "start"; use {OPERATORS}; did you mean "starts"?',
            ("match", "uri"),
        ),
        ({"match": {"uri": "x"}}, 'uri: no operator, as in uri.is = "..."', ("match", "uri")),
        ({"match": {"uri": {}}}, 'uri: no operator, as in uri.is = "..."', ("match", "uri")),
        ({"match": {"uri": {"is": []}}}, "uri: is has no value", ("match", "uri")),
        ({"match": {"uri": {"is": 7}}}, "uri: 7 is not a string", ("match", "uri")),
        ({"match": {"uri": {"is": ["x", 7]}}}, "uri: 7 is not a string", ("match", "uri")),
        (
            {"match": {"payload": {"is": "|4"}}},
            'payload: unpaired | in "|4"',
            ("match", "payload"),
        ),
        (
            {"match": {"uri": {"at_least": "5"}}},
            f"uri: at_least does not compare text; use {TEXT_OPERATORS}",
            ("match", "uri"),
        ),
        (
            {"match": {"payload": {"at_most": "5"}}},
            f"payload: at_most does not compare bytes; use {TEXT_OPERATORS}",
            ("match", "payload"),
        ),
        ({"match": {"any": []}}, "any: is not a list of tables", ("match", "any")),
        ({"match": {"any": {}}}, "any: is not a list of tables", ("match", "any")),
        ({"match": {"any": [5]}}, "any: 5 is not a table of conditions", ("match", "any")),
        ({"match": {"any": [{}]}}, "any: {} is not a table of conditions", ("match", "any")),
        (
            {"match": {"any": [{"urj": {"is": "x"}}]}},
            'no field "urj" in http; did you mean "uri"?',
            ("match", "urj"),
        ),
        (
            {"match": {"uri": {"is": "x"}, "host": {"is": "x"}}},
            'examples: "audit" is not a table of fields',
            ("examples",),
        ),
        (
            {"match": {"any": [{"uri": {"is": "x"}}]}, "examples": [{"uri": "x"}]},
            'near_misses: "audits" is not a table of fields',
            ("near_misses",),
        ),
        ({"examples": [7]}, "user_agent: 7 is not a string", ("examples", "user_agent")),
        (
            {"near_misses": [{"urj": "x"}]},
            'no field "urj" in http; did you mean "uri"?',
            ("near_misses", "urj"),
        ),
        (
            {"near_misses": [{"size": ["x"]}]},
            'size: "x" is not a whole number',
            ("near_misses", "size"),
        ),
        (
            {"source_strings": ["abc", "a|b"]},
            'source_strings: unpaired | in "a|b"',
            ("source_strings", "source_strings"),
        ),
        (
            {"correlate": {"count_distinct": "urj", "count": 2}},
            'no field "urj" in http; did you mean "uri"?',
            ("correlate", "urj"),
        ),
        (
            {"correlate": {"count_distinct": "uri", "group_by": "hots", "count": 2}},
            'no field "hots" in http; did you mean "host"?',
            ("correlate", "hots"),
        ),
        (
            {"correlate": {"count_distinct": "uri", "must_vary": ["v"], "count": 2}},
            'no field "v" in http',
            ("correlate", "v"),
        ),
        (
            {"correlate": {"count_distinct": "uri", "consecutive": "host", "count": 2}},
            "consecutive: host is not a number",
            ("correlate", "consecutive"),
        ),
        (
            {"correlate": {"count_distinct": "uri", "consecutive": "prt", "count": 2}},
            'no field "prt" in http',
            ("correlate", "prt"),
        ),
        (
            {"confidence": "strong", "off_link": "exclusive"},
            "off_link: exclusive is not less certain than strong",
            ("off_link",),
        ),
        (
            {"confidence": "weak", "off_link": "weak"},
            "off_link: weak is not less certain than weak",
            ("off_link",),
        ),
    ],
)
def test_an_invalid_row_is_refused(
    keys: dict[str, Any], message: str, path: tuple[str, ...]
) -> None:
    assert refused(**keys) == (message, path)


@pytest.mark.parametrize("op", ["contains", "starts", "ends", "matches"])
def test_a_number_is_not_compared_as_text(op: str) -> None:
    message = f"size: {op} does not compare numbers; use is, is_not, at_least, at_most"

    assert refused(match={"size": {op: 7}}) == (message, ("match", "size"))


@pytest.mark.parametrize("op", ["contains", "starts", "ends", "matches"])
@pytest.mark.parametrize("field", ["uri", "payload"])
def test_a_part_that_every_message_has_is_refused(field: str, op: str) -> None:
    message = f"{field}: {op} has an empty value, which all messages have"

    assert refused(match={field: {op: ["x", ""]}}) == (message, ("match", field))


def test_an_empty_value_can_be_required() -> None:
    assert signature(match={"uri": {"is": ""}}).match == Term("uri", Op.IS, ("",))


@pytest.mark.parametrize(
    ("field", "value", "maximum"),
    [("destination_port", 65_536, 65_535), ("size", 1 << 64, (1 << 64) - 1)],
)
def test_a_number_that_the_field_cannot_have_is_refused(
    field: str, value: int, maximum: int
) -> None:
    message = f"{field}: {value:#x} is more than {maximum}"

    assert refused(match={field: {"at_least": value}}) == (message, ("match", field))
    row = signature(match={field: {"is": maximum}}, examples=[maximum], near_misses=[0])
    assert row.match == Term(field, Op.IS, (str(maximum),))


def test_a_row_with_more_combinations_than_the_filters_can_try_is_refused() -> None:
    values = [str(number) for number in range(33)]
    match = {"uri": {"is": values}, "host": {"is": values}}
    message = (
        "match: has 1089 combinations of values, more than 1024; make several signatures of it"
    )

    assert refused(match=match) == (message, ("match",))


@pytest.mark.parametrize("pattern", ["(", "(?P<a>x", r"\Z", "(?!x)", r"(a)\1", "a{1001}"])
def test_an_invalid_regular_expression_is_refused(pattern: str) -> None:
    message, path = refused(match={"user_agent": {"matches": pattern}})

    assert message.startswith("user_agent: invalid regular expression: ")
    assert path == ("match", "user_agent")


def test_a_row_takes_defaults_for_the_keys_that_it_does_not_have() -> None:
    defaults = Defaults.model_validate(
        {
            "confidence": "weak",
            "options": ["-sV"],
            "source": "nmap-service-probes",
            "tool": "audit",
            "since": "7.80",
            "until": "7.93",
        }
    )
    table = {k: v for k, v in TABLE.items() if k not in ("confidence", "options", "source")}
    row = signature_of(Row.model_validate({**defaults.row_values, **table}), defaults)

    assert row.confidence is Confidence.WEAK
    assert row.options == ("-sV",)
    assert (row.source, row.tool, row.since, row.until) == (
        "nmap-service-probes",
        "audit",
        "7.80",
        "7.93",
    )


def test_a_row_s_own_keys_replace_defaults() -> None:
    row = signature({"confidence": "weak", "source": "other", "options": ["-A"]})

    assert (row.confidence, row.source) == (Confidence.EXCLUSIVE, "audit.nse")
    assert row.options == ("--script audit",)


def test_the_conditions_of_the_default_match_are_added_to_every_row() -> None:
    match = {"destination_port": {"is": [21, 22]}, "any": [{"uri": {"is": "/"}}]}
    row = signature({"match": match})

    assert row.match == AllOf(
        (
            Term("destination_port", Op.IS, ("21", "22")),
            AnyOf((Term("uri", Op.IS, ("/",)),)),
            AUDIT,
        )
    )


def test_an_example_takes_the_first_value_of_the_default_match() -> None:
    row = signature(
        {"match": {"destination_port": {"is": [21, 22]}, "size": {"at_least": 5}}},
        examples=["audit", {"user_agent": "audit", "destination_port": 22, "size": 7}],
        near_misses=[{"uri": "/"}],
    )

    assert [dict(example.fields) for example in row.examples] == [
        {"destination_port": ("21",), "user_agent": ("audit",)},
        {"destination_port": ("22",), "user_agent": ("audit",), "size": ("7",)},
    ]
    assert [dict(example.fields) for example in row.near_misses] == [
        {"destination_port": ("21",), "uri": ("/",)}
    ]


@pytest.mark.parametrize(
    ("match", "message", "path"),
    [
        (
            {"user_agnet": {"is": "x"}},
            'no field "user_agnet" in http; did you mean "user_agent"?',
            ("defaults", "match", "user_agnet"),
        ),
        ({"uri": {"is": []}}, "uri: is has no value", ("defaults", "match", "uri")),
        ({"uri": "is"}, 'uri: no operator, as in uri.is = "..."', ("defaults", "match", "uri")),
        ({"any": 5}, "any: is not a list of tables", ("defaults", "match", "any")),
    ],
)
def test_an_invalid_default_match_is_refused(
    match: dict[str, Any], message: str, path: tuple[str, ...]
) -> None:
    assert refused({"match": match}) == (message, path)


@pytest.mark.parametrize("length", [3, 200])
def test_a_source_string_has_from_3_to_200_characters(length: int) -> None:
    text = "a" * length

    assert signature(source_strings=[text]).source_strings == (text,)


@pytest.mark.parametrize("length", [2, 201])
def test_a_source_string_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValidationError):
        signature(source_strings=["a" * length])
