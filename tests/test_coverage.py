"""docs/coverage.toml agrees with the catalogue, and docs/coverage.md with it."""

import pytest

from nmapwatchd.exports.markdown import seen_on_the_wire
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.coverage import DOCUMENTS, artifacts, coverage, document

KNOWN = {row.id for row in shipped_catalogue().signatures}


def named(entry: dict[str, object]) -> set[str]:
    signatures = entry.get("signatures", [])
    assert isinstance(signatures, list)
    return set(signatures)


@pytest.mark.parametrize(("artifact", "entry"), coverage().items(), ids=list(coverage()))
def test_an_artifact_has_signatures_or_a_reason(artifact: str, entry: dict[str, object]) -> None:
    assert bool(named(entry)) is not bool(entry.get("reason")), artifact
    assert named(entry) <= KNOWN


def test_the_page_counts_artifacts() -> None:
    seen = next(a for a, entry in coverage().items() if seen_on_the_wire() & named(entry))
    undetected = next(a for a, entry in coverage().items() if "reason" in entry)
    inventory = [
        {"id": seen, "family": "01-dns", "specificity": "exclusive"},
        {"id": undetected, "family": "01-dns", "specificity": "weak"},
    ]
    page = document(artifacts(inventory))

    assert "| exclusive | 1 | 1 | 1 | 0 | 0 |" in page
    assert "| weak | 1 | 0 | 0 | 0 | 1 |" in page
    assert "| all | 2 | 1 | 1 | 0 | 1 |" in page
    assert f"| {undetected} | weak | {coverage()[undetected]['reason']} |" in page


def test_an_artifact_without_an_entry_is_an_error() -> None:
    with pytest.raises(KeyError):
        artifacts([{"id": "unknown", "family": "01-dns", "specificity": "weak"}])


def test_the_page_names_every_artifact_without_a_signature() -> None:
    page = (DOCUMENTS / "coverage.md").read_text(encoding="utf-8")

    for artifact, entry in coverage().items():
        if "reason" in entry:
            assert artifact.removeprefix("probe-") in page
