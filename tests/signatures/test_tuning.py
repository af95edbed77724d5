"""A site's configuration turns signatures off, or changes their confidence."""

from dataclasses import replace

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.rule import Confidence
from nmapwatchd.errors import OperatorError
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import (
    NO_CHANGES,
    Adjustment,
    Change,
    active,
    count_in_words,
    tune,
    turned_off,
)

SHIPPED = shipped_catalogue()
BY_ID = {signature.id: signature for signature in SHIPPED.signatures}
TRANE = {"http.trane-about", "http.trane-about-nse", "http.trane-summary"}
LANMAN = "smb.native-lanman"


def off(pattern: str) -> Adjustment:
    return Adjustment("disable[1]", pattern, None, "/etc/x/conf.toml", 4)


def to(confidence: Confidence, pattern: str) -> Adjustment:
    return Adjustment(f"confidence.{pattern}", pattern, confidence, "/etc/x/conf.toml")


def confidence(catalogue: Catalogue, id_: str) -> Confidence:
    return next(one.confidence for one in catalogue.signatures if one.id == id_)


def errors(*adjustments: Adjustment) -> list[str]:
    return list(map(str, tune(SHIPPED, adjustments)[2]))


def test_without_adjustments_nothing_changes() -> None:
    catalogue, changes, diagnostics = tune(SHIPPED, ())

    assert catalogue is SHIPPED
    assert (changes, diagnostics) == (NO_CHANGES, [])
    assert active(catalogue, changes) is SHIPPED


def test_a_pattern_turns_off_what_it_matches_and_nothing_else() -> None:
    catalogue, changes, _ = tune(SHIPPED, [off("http.trane-*")])

    assert turned_off(changes) == TRANE
    assert catalogue.signatures == SHIPPED.signatures
    left = [one.id for one in active(catalogue, changes).signatures]
    assert left == [id_ for id_ in BY_ID if id_ not in TRANE]


def test_a_confidence_is_that_of_the_sightings_too() -> None:
    catalogue, changes, _ = tune(SHIPPED, [to(Confidence.WEAK, LANMAN)])

    (tuned,) = [one for one in catalogue.signatures if one.id == LANMAN]
    assert tuned.confidence is tuned.rule.confidence is Confidence.WEAK
    assert changes[LANMAN].signature == BY_ID[LANMAN]
    assert turned_off(changes) == frozenset()
    assert len(active(catalogue, changes).signatures) == len(BY_ID)


def test_off_is_stronger_than_a_confidence() -> None:
    _, changes, _ = tune(SHIPPED, [to(Confidence.STRONG, LANMAN), off("smb.*")])

    assert changes[LANMAN].is_off


def test_an_id_is_stronger_than_a_pattern_and_a_longer_pattern_than_a_shorter_one() -> None:
    adjustments = [
        to(Confidence.STRONG, "tcp.raw-*"),
        to(Confidence.WEAK, "tcp.*"),
        to(Confidence.EXCLUSIVE, "tcp.raw-syn"),
        to(Confidence.WEAK, "tcp.raw-sy[n]"),
    ]
    catalogue, changes, _ = tune(SHIPPED, adjustments)

    assert confidence(catalogue, "tcp.raw-ack") is Confidence.STRONG
    assert confidence(catalogue, "tcp.os-t7") is Confidence.WEAK
    assert confidence(catalogue, "tcp.raw-syn") is Confidence.EXCLUSIVE
    assert "tcp.raw-syn" not in changes  # it has this confidence already


def test_behind_a_router_a_signature_stays_less_certain_or_is_the_same() -> None:
    id_ = "tcp.raw-syn"
    assert BY_ID[id_].off_link is Confidence.WEAK

    for given, off_link in ((Confidence.STRONG, Confidence.WEAK), (Confidence.WEAK, None)):
        tuned = Change(BY_ID[id_], to(given, id_)).tuned
        assert (tuned.confidence, tuned.off_link) == (given, off_link)
        assert tuned.off_link_rule.confidence is Confidence.WEAK


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("http.tranee-*", '"http.tranee-*" matches no signature; did you mean "http.trane-*"?'),
        ("smb.native-lanmn", '"smb.native-lanmn" matches no signature; did you mean "smb.nativ'),
        ("payloads.*", '"payloads.*" matches no signature; did you mean "payload.*"?'),
        ("zz", '"zz" matches no signature'),
    ],
)
def test_what_matches_nothing_is_an_error_with_the_closest(pattern: str, message: str) -> None:
    (found,) = errors(off(pattern))

    assert found.startswith(f"/etc/x/conf.toml: disable[1]: {message}")
    (found,) = errors(to(Confidence.WEAK, pattern))
    assert found.startswith(f"/etc/x/conf.toml: confidence.{pattern}: {message}")


def test_what_is_valid_is_applied_beside_an_error() -> None:
    _, changes, diagnostics = tune(SHIPPED, [off("zz"), off(LANMAN)])

    assert len(diagnostics) == 1
    assert set(changes) == {LANMAN}


def test_not_every_signature_can_be_off() -> None:
    with pytest.raises(OperatorError, match=r"conf\.toml: disable\[1\]: no signature is left"):
        tune(SHIPPED, [off("*")])


def test_a_place_is_a_line_or_a_key() -> None:
    assert off(LANMAN).location == "conf.toml:4"
    assert to(Confidence.WEAK, LANMAN).location == f"conf.toml: confidence.{LANMAN}"


def test_only_a_raised_confidence_is_a_warning() -> None:
    weak = replace(BY_ID[LANMAN], confidence=Confidence.WEAK, also_sent_by=("a scanner", "b"))

    raised = Change(weak, to(Confidence.EXCLUSIVE, LANMAN)).warning
    assert str(raised) == (
        f"conf.toml: confidence.{LANMAN}: raises {LANMAN} from weak to exclusive, so expect false "
        "alarms: also sent by a scanner; b"
    )
    assert Change(BY_ID[LANMAN], to(Confidence.WEAK, LANMAN)).warning is None
    assert Change(weak, off(LANMAN)).warning is None


@pytest.mark.parametrize(
    ("adjustments", "words"),
    [
        ([], ""),
        ([off("http.trane-*")], "3 signatures disabled by configuration"),
        (
            [off("http.trane-*"), to(Confidence.WEAK, LANMAN)],
            "3 signatures disabled and 1 signature with another confidence by configuration",
        ),
        (
            [to(Confidence.WEAK, LANMAN)],
            "1 signature with another confidence by configuration",
        ),
    ],
)
def test_the_changes_are_counted(adjustments: list[Adjustment], words: str) -> None:
    assert count_in_words(tune(SHIPPED, adjustments)[1]) == words
