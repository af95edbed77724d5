"""A match is one signature and one packet."""

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.match import Match
from tests.building import ANYTHING, observation, signature


def test_a_match_carries_all_fields_of_the_packet_for_the_correlation() -> None:
    row, seen = signature("loud"), observation(payload=b"loud", destination_port=7)

    (match,) = Catalogue.of([ANYTHING], [row]).match(seen)

    assert (match.signature, match.observation) == (row, seen)
    assert match.evidence == (("payload", "loud"),)
    assert match.fields["destination_port"] == ("7",)


def test_a_match_has_no_fields_by_default() -> None:
    assert Match(signature("loud"), observation(), ()).fields == {}
