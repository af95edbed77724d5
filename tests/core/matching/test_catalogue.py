"""A catalogue matches the same signatures with its dispatch by first byte as without."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.dispatch import DispatchTable
from nmapwatchd.core.matching.expression import Expression, Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, observation, signature

CATALOGUE = shipped_catalogue()


def examples() -> Iterator[bytes]:
    for row in CATALOGUE.signatures:
        for example in row.examples:
            for name, values in example.fields:
                if name == "payload":
                    yield from (value.encode("latin-1") for value in values)


def matched_one_by_one(seen: Observation) -> set[str]:
    return {
        row.id
        for rules in CATALOGUE.matcher_rules
        if rules.matcher.accepts(seen)
        for row, check in zip(rules.signatures, rules.checks, strict=True)
        if check(rules.matcher.fields_of(seen)) is not None
    }


@given(
    st.sampled_from(sorted(set(examples()))) | st.binary(max_size=40),
    st.sampled_from(list(Transport)),
)
def test_dispatch_loses_no_signature_and_adds_none(payload: bytes, transport: Transport) -> None:
    seen = observation(payload=payload, transport=transport)

    assert {s.signature.id for s in CATALOGUE.match(seen)} == matched_one_by_one(seen)


def test_a_prepared_catalogue_builds_nothing_when_a_packet_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalogue = Catalogue.of([ANYTHING], [signature("loud")])
    catalogue.prepare()
    monkeypatch.delattr(DispatchTable, "of")

    assert catalogue.match(observation(payload=b"loud"))


def test_two_signatures_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two signatures have the id test\.loud"):
        Catalogue.of([], [signature("loud"), signature("loud")])


def test_a_signature_without_its_matcher_is_refused() -> None:
    with pytest.raises(ValueError, match="no matcher is called test"):
        Catalogue.of([], [signature("loud")])


def small(*expressions: Expression, **changes: object) -> Catalogue:
    """Return a catalogue of one matcher, with a signature for each expression."""
    matcher = replace(ANYTHING, **changes)  # type: ignore[arg-type]
    rows = [replace(signature(str(n)), match=match) for n, match in enumerate(expressions)]
    return Catalogue.of([matcher], rows)


def ids(catalogue: Catalogue, payload: bytes, transport: Transport = Transport.TCP) -> list[str]:
    seen = observation(payload=payload, transport=transport)
    return [match.signature.id for match in catalogue.match(seen)]


def starts(value: str) -> Term:
    return Term("payload", Op.STARTS, (value,))


def test_a_matcher_reads_only_its_transports() -> None:
    catalogue = small(starts("a"), transports=(Transport.UDP,))

    assert ids(catalogue, b"a", Transport.UDP) == ["test.0"]
    assert ids(catalogue, b"a") == []


def test_the_openings_of_another_transport_do_not_count() -> None:
    catalogue = small(
        Term("payload", Op.CONTAINS, ("b",)),
        openings=(opening(b"a"), opening(b"x", over=Transport.UDP)),
    )

    assert ids(catalogue, b"ab") == ["test.0"]
    assert ids(catalogue, b"xb") == []
    assert ids(catalogue, b"xb", Transport.UDP) == ["test.0"]
    assert ids(catalogue, b"ab", Transport.UDP) == []
    assert ids(catalogue, b"b", Transport.UDP) == []


def test_a_packet_without_payload_is_for_matchers_of_headers_only() -> None:
    size = Term("size", Op.IS, ("0",))

    assert ids(small(size), b"") == []
    assert ids(small(size, reads_headers=True), b"") == ["test.0"]


def test_the_matches_come_in_the_order_of_the_catalogue() -> None:
    catalogue = small(starts("ab"), starts("b"), Term("size", Op.IS, ("2",)), starts("a"))

    assert ids(catalogue, b"ab") == ["test.0", "test.2", "test.3"]


def test_first_bytes_that_allow_the_same_signatures_share_a_rule_group() -> None:
    catalogue = small(starts("a"), starts("b"), Term("size", Op.IS, ("1",)))
    for byte in range(256):
        ids(catalogue, bytes([byte]))

    assert len(catalogue._dispatch_tables) == 256
    assert len(catalogue._rule_groups) == 3


def test_what_a_catalogue_caches_does_not_make_it_another() -> None:
    used = small(starts("a"))
    ids(used, b"a")

    assert used == Catalogue(used.matcher_rules)
    assert "_rule_groups" not in repr(used)


def test_the_fields_to_decode_are_those_that_some_signature_reads() -> None:
    fields = {
        "name": Field(Kind.TEXT, "decoded", tshark="a.name"),
        "ttl": Field(Kind.NUMBER, "decoded, but not tested", tshark="ip.ttl"),
        "port": Field(Kind.NUMBER, "decoded, for a correlation", tshark="a.port"),
        "word": Field(Kind.TEXT, "derived"),
    }
    correlated = replace(
        signature("b"), match=Term("word", Op.IS, ("x",)), correlate=Correlation((), ("port",), 2)
    )
    named = replace(signature("a"), match=Term("name", Op.IS, ("x",)))

    catalogue = Catalogue.of([replace(ANYTHING, fields=fields)], [named, correlated])
    assert catalogue.decoded_fields() == {"a.name": Kind.TEXT, "a.port": Kind.NUMBER}


def test_a_matcher_without_signatures_is_left_out() -> None:
    other = Matcher(name="other", title="Other")

    catalogue = Catalogue.of([other, ANYTHING], [signature("loud")])
    assert [rules.matcher.name for rules in catalogue.matcher_rules] == ["test"]
    assert [row.id for row in catalogue.signatures] == ["test.loud"]


def test_the_matchers_that_are_unknown_are_all_named() -> None:
    rows = [replace(signature("a"), id=f"{name}.a", matcher=name) for name in ("y", "x")]

    with pytest.raises(ValueError, match="no matcher is called x, y"):
        Catalogue.of([], rows)
