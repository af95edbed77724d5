import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op
from nmapwatchd.core.observation import Transport
from nmapwatchd.drift.probe_match import MINIMUM_COMMON, matches, matching, observation, resembles
from nmapwatchd.drift.probes import Probe
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.drift.datadir import MATCHER, probe_row, row, term

PING = Probe(Transport.TCP, "Ping", b"PING example")
PAYLOAD = term("payload", "PING", Op.STARTS)


def is_match(match: Expression, probe: Probe = PING) -> bool:
    return matches(row(match, "nmap-service-probes"), MATCHER, probe)


def test_a_probe_is_a_message_from_no_address() -> None:
    seen = observation(PING)

    assert (seen.transport, seen.payload) == (Transport.TCP, b"PING example")
    assert (seen.source, seen.destination_port, seen.decoded) == ("", 0, {})


def test_the_bytes_and_the_transport_must_match() -> None:
    assert is_match(PAYLOAD)
    assert not is_match(term("payload", "PONG", Op.STARTS))
    assert not is_match(AllOf((PAYLOAD, term("transport", "udp"))))
    assert is_match(AllOf((PAYLOAD, term("size", "12"))))
    assert not is_match(AllOf((PAYLOAD, term("size", "13"))))


@pytest.mark.parametrize("field", ["destination_port", "source_port", "destination"])
def test_what_a_probe_does_not_determine_is_ignored(field: str) -> None:
    assert is_match(AllOf((PAYLOAD, term(field, "7"))))
    assert not is_match(term(field, "7"))


def test_transport_and_size_alone_match_no_probe() -> None:
    assert not is_match(AllOf((term("transport", "tcp"), term("size", "12"))))


def test_a_branch_that_bytes_do_not_determine_leaves_the_whole_open() -> None:
    port = term("destination_port", "7")

    assert is_match(AnyOf((PAYLOAD, term("payload", "PONG"))))
    assert not is_match(AnyOf((PAYLOAD, port)))
    assert is_match(AllOf((PAYLOAD, AnyOf((term("payload", "x"), port)))))


def test_fields_of_headers_and_their_matchers_are_not_compared() -> None:
    over_udp = Probe(Transport.UDP, "Zeros", bytes(9))
    loud = row(term("filler", "0"), "nmap-service-probes")

    assert not matches(loud, MATCHERS["udp"], over_udp)
    header = AllOf((term("payload", "PING", Op.STARTS), term("stack_ttl", "7")))
    assert matches(row(header, "nmap-service-probes"), MATCHERS["payload"], PING)


def test_a_matchers_openings_must_accept_the_probe() -> None:
    bind = row(term("name", "a"), "nmap-service-probes")

    assert not matches(bind, MATCHERS["dns"], PING)


def test_the_shipped_signatures_of_a_probe_are_found() -> None:
    probe = Probe(Transport.TCP, "GetRequest", b"GET / HTTP/1.0\r\n\r\n")
    found = matching(shipped_catalogue(), probe)

    assert found
    assert all(signature.tool == "nmap" for signature in found)
    assert matching(Catalogue.of([MATCHER], []), probe) == []


@pytest.mark.parametrize(
    ("value", "payload", "similar"),
    [
        ("abcdefghijklmnop", b"abcdefghijklmnop", True),
        ("abcdefghijklmnop", b"abcdefghXXXXXXXX", True),  # half of it
        ("abcdefghijklmnop", b"abcdefgXXXXXXXXX", False),
        ("abcdefghijklmnop", b"abcdXXXXXXXXmnop", True),  # at both ends
        ("abcdefghijklmnop", b"XbXdXfXhXjXlXnXp", True),  # at equal offsets
        ("ab", b"ab", True),  # a short one, in full
        ("ab", b"aX", False),
        ("abcdefghijkl", b"abcdefgh", True),
        ("abcdefghijkl", b"abcdefg", False),
        ("\0" * 12 + "abc", b"X" + bytes(12), False),  # zeros do not count
        ("abcdefgh", b"", False),
    ],
)
def test_a_probe_resembles_a_payload_by_bytes_in_common(
    value: str, payload: bytes, similar: bool
) -> None:
    assert resembles(probe_row(value), Probe(Transport.TCP, "P", payload)) is similar
    assert MINIMUM_COMMON == 8


def test_fields_other_than_the_payload_do_not_resemble() -> None:
    signature = row(term("word", "PING example"), "nmap-service-probes")

    assert not resembles(signature, PING)
