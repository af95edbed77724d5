"""A rule group evaluates the rules that its index leaves, with all fields of the matcher."""

from dataclasses import replace

from nmapwatchd.core.matching.expression import AllOf, Expression, Op, Term, compile_check
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, common_fields
from nmapwatchd.core.matching.rule_faults import RuleFaults
from nmapwatchd.core.matching.rule_group import RuleGroup
from nmapwatchd.core.observation import Fields, Observation, Transport
from tests.building import observation, signature

READS: list[bytes] = []


def read(payload: bytes, _: Transport) -> Fields:
    READS.append(payload)
    return {"word": tuple(payload.decode().split())}


MATCHER = Matcher(
    name="test",
    title="Test",
    fields={
        "word": Field(Kind.TEXT, "a word"),
        "name": Field(Kind.TEXT, "what tshark decodes", tshark="a.name"),
        "ttl": Field(Kind.NUMBER, "what tshark decodes", tshark="ip.ttl"),
        "first": Field(Kind.NUMBER, "a byte", at={Transport.TCP: 0}, size=1),
    },
    read=read,
)


def term(field: str, value: str, op: Op = Op.IS) -> Term:
    return Term(field, op, (value,))


def group(*expressions: Expression) -> RuleGroup:
    rows = [replace(signature(str(n)), match=match) for n, match in enumerate(expressions)]
    return RuleGroup.of(
        MATCHER, ((row, compile_check(row.match)) for row in rows), (), RuleFaults()
    )


def matches(found: RuleGroup, seen: Observation) -> list[str]:
    return [match.signature.id for match in found.match(seen, common_fields(seen))]


def test_every_rule_that_matches_is_found_in_order() -> None:
    rules = group(
        term("word", "two"), term("word", "zwei"), term("name", "x"), term("ttl", "5", Op.AT_MOST)
    )
    seen = observation(payload=b"one two", decoded={"a.name": ("x",), "ip.ttl": ("5",)})

    assert matches(rules, seen) == ["test.0", "test.2", "test.3"]


def test_a_match_has_the_evidence_and_all_fields() -> None:
    seen = observation(payload=b"one two", decoded={"a.name": ("x",), "ip.ttl": ("5",)})

    (match,) = group(AllOf((term("name", "x"), term("word", "one")))).match(
        seen, common_fields(seen)
    )

    assert match.evidence == (("name", "x"), ("word", "one"))
    assert match.observation is seen
    assert match.fields == MATCHER.fields_of(seen)


def test_the_located_fields_are_those_of_the_index_and_the_others() -> None:
    rules = group(AllOf((term("name", "long name"), term("ttl", "5"))))

    assert [name for name, _ in rules.index_fields] == ["name"]
    assert [name for name, _ in rules.other_fields] == ["ttl", "first"]


def test_without_a_candidate_no_rule_is_evaluated() -> None:
    assert tuple(group(term("word", "three")).match(observation(payload=b"one"), {})) == ()


def test_the_payload_is_read_once_for_all_rules() -> None:
    READS.clear()
    matches(group(term("word", "one"), term("word", "two")), observation(payload=b"one two"))

    assert READS == [b"one two"]


def test_a_rule_is_not_a_match_because_its_key_is_there() -> None:
    rules = group(AllOf((term("word", "one"), term("word", "two"))))

    assert matches(rules, observation(payload=b"one")) == []
