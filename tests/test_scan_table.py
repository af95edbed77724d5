"""Detection does not depend on nmap's version, and hardly on its strings."""

from collections import defaultdict

from tests.scan_table import by_version, edited, recorded

VERSIONS = {"7.93", "7.95", "7.991"}
# Share of the edited nmap's scans that must be detected.
MINIMUM_EDITED_SHARE = 0.9


def test_detection_of_a_scan_does_not_depend_on_the_version() -> None:
    outcomes = defaultdict(set)
    for scan in recorded("nmap"):
        outcomes[scan.kind].add(bool(scan.golden.expect))

    assert {kind for kind, found in outcomes.items() if len(found) > 1} == set()


def test_three_versions_of_nmap_are_recorded() -> None:
    assert {scan.version for scan in recorded("nmap")} == VERSIONS


def test_an_edited_nmap_is_detected_by_accumulated_evidence() -> None:
    scans = recorded("edited")
    accumulated = sum(bool(scan.golden.expect) for scan in scans)

    assert accumulated >= MINIMUM_EDITED_SHARE * len(scans)
    assert sum(scan.is_detected_alone for scan in scans) < accumulated


def test_the_tables_have_a_row_for_every_scan() -> None:
    scans, edited_scans = recorded("nmap"), recorded("edited")

    assert len(by_version(scans)) == len({scan.kind for scan in scans}) + 3
    assert len(edited(edited_scans)) == len(edited_scans) + 3
