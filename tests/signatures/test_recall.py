"""The recorded scans that the package lists are those of the goldens."""

import asyncio

import pytest

from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.recall import RecallLoss, RecordedScan, recall_loss, recorded_scans
from nmapwatchd.signatures.tuning import Adjustment, active, tune
from tests.golden import DAY, goldens, joined, observed
from tests.recall import FILE, recorded_evidence

SHIPPED = shipped_catalogue()
POLICY = WindowPolicy()
SCANS = [*goldens("nmap"), *goldens("edited")]


def tuned(*patterns: str, confidence: Confidence | None = None) -> Catalogue:
    """Return the catalogue without some signatures, or with another confidence of them."""
    adjustments = [Adjustment("key", pattern, confidence) for pattern in patterns]
    everything, changes, errors = tune(SHIPPED, adjustments)
    assert errors == []
    return active(everything, changes)


@pytest.fixture(scope="module")
def observations() -> list[Observation]:
    """Everything that the shipped filters pass of every scan, a day apart."""
    return asyncio.run(observed(joined(SCANS), compile_filters(SHIPPED)))


def loss(catalogue: Catalogue, policy: WindowPolicy = POLICY) -> RecallLoss:
    return recall_loss(SHIPPED.signatures, catalogue.signatures, policy)


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text() == recorded_evidence(), "run python -m tests.recall"


def test_the_shipped_signatures_detect_what_the_goldens_expect() -> None:
    confidences = {one.id: one.confidence for one in SHIPPED.signatures}
    detected = [scan.name for scan in recorded_scans() if scan.is_detected(confidences, POLICY)]

    assert detected == [golden.name for golden in SCANS if golden.expect]


@pytest.mark.parametrize(
    "catalogue",
    [
        tuned("tcp.*"),
        tuned("tcp.*", "udp.*", "ip*", "icmp*", "sctp.*", confidence=Confidence.WEAK),
        tuned("http.*", "payload.*", "tls.*", "script.*"),
    ],
    ids=["off", "weak", "no-strings"],
)
def test_what_is_lost_is_what_a_replay_with_these_signatures_does_not_detect(
    catalogue: Catalogue, observations: list[Observation]
) -> None:
    engines = [
        Engine([SignatureDetector(catalogue, POLICY.seconds)], Allowlist(), POLICY, Counters())
        for _ in SCANS
    ]
    alerted = set()
    for observation in observations:
        day = observation.at // (DAY * 10**9)
        if engines[day].observe(observation).alerts:
            alerted.add(SCANS[day].name)
    expected = [one.name for one in SCANS if one.expect and one.name not in alerted]

    assert [scan.name for scan in loss(catalogue).lost] == expected
    assert expected


def test_a_signature_that_alone_detects_a_scan_costs_it() -> None:
    found = loss(tuned("ftp.bounce-scan-password"))

    assert {scan.command for scan in found.lost} == {"nmap -b ... -Pn -p22,4000"}
    assert f"{len(found.lost)} of {found.recorded} recorded scans are no longer" in str(found)


def test_without_root_other_signatures_are_needed() -> None:
    found = loss(tuned("http.*"))

    assert len(found.lost_unprivileged) > len(found.lost)
    assert found.recorded_unprivileged < found.recorded
    assert "nmap -A -p80,81 (without root)" in found.commands


def test_nothing_is_lost_without_a_change() -> None:
    found = loss(SHIPPED)

    assert str(found) == f"all of the {found.recorded} recorded scans are still detected"
    assert found.size == 0


def test_the_threshold_is_the_sites_own() -> None:
    strict = WindowPolicy(threshold=1_000)

    assert loss(SHIPPED, strict).recorded < loss(SHIPPED).recorded


def test_a_sentence_names_five_commands_and_cuts_long_ones() -> None:
    scans = tuple(
        RecordedScan(f"nmap/{n}", f"nmap -p{n} --script {'x' * 90} (edited nmap)", ())
        for n in range(7)
    )
    text = str(RecallLoss(scans, 9, (), 0))

    assert text.startswith("7 of 9 recorded scans are no longer detected, without root 0 of 0: ")
    assert text.count("... (edited nmap)") == 5
    assert text.endswith("; and 2 more")
    assert str(RecallLoss(scans[:1], 9, (), 0)).startswith("1 of 9 recorded scans is no longer")
