"""The table of scans: what is told does not depend on nmap's version, nor much on its strings."""

from collections import defaultdict

from tests.scan_table import by_version, edited, recorded

VERSIONS = {"7.93", "7.95", "7.991"}
# Of the edited nmap's scans, the part that must be told.
EDITED_LEAST = 0.9


def test_every_kind_of_scan_is_told_of_every_version_alike() -> None:
    told = defaultdict(set)
    for scan in recorded("nmap"):
        told[scan.kind].add(bool(scan.golden.expect))

    assert {kind for kind, answers in told.items() if len(answers) > 1} == set()


def test_three_versions_of_nmap_are_recorded() -> None:
    assert {scan.version for scan in recorded("nmap")} == VERSIONS


def test_an_edited_nmap_is_told_by_what_adds_up() -> None:
    scans = recorded("edited")
    together = sum(bool(scan.golden.expect) for scan in scans)

    assert together >= EDITED_LEAST * len(scans)
    assert sum(scan.told_alone for scan in scans) < together


def test_the_tables_have_a_row_for_every_scan() -> None:
    scans, changed = recorded("nmap"), recorded("edited")

    assert len(by_version(scans)) == len({scan.kind for scan in scans}) + 3
    assert len(edited(changed)) == len(changed) + 3
