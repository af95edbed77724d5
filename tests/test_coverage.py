"""What docs/coverage.toml says holds."""

import pytest

from nmapwatchd.exports.markdown import seen_on_the_wire
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.coverage import DOCUMENTS, artifacts, document, told_by

KNOWN = {row.id for row in shipped_catalogue().signatures}


def named(said: dict[str, object]) -> set[str]:
    signatures = said.get("signatures", [])
    assert isinstance(signatures, list)
    return set(signatures)


@pytest.mark.parametrize(("artifact", "said"), told_by().items(), ids=list(told_by()))
def test_an_artifact_has_signatures_or_a_reason(artifact: str, said: dict[str, object]) -> None:
    assert bool(named(said)) is not bool(said.get("reason")), artifact
    assert named(said) <= KNOWN


def test_the_page_counts_what_is_told_seen_and_neither() -> None:
    seen = next(a for a, said in told_by().items() if seen_on_the_wire() & named(said))
    untold = next(a for a, said in told_by().items() if "reason" in said)
    inventory = [
        {"id": seen, "family": "01-dns", "specificity": "exclusive"},
        {"id": untold, "family": "01-dns", "specificity": "weak"},
    ]
    page = document(artifacts(inventory))

    assert "| exclusive | 1 | 1 | 1 | 0 | 0 |" in page
    assert "| weak | 1 | 0 | 0 | 0 | 1 |" in page
    assert "| all | 2 | 1 | 1 | 0 | 1 |" in page
    assert f"| {untold} | weak | {told_by()[untold]['reason']} |" in page


def test_an_artifact_of_which_nothing_is_said_is_an_error() -> None:
    with pytest.raises(KeyError):
        artifacts([{"id": "unheard-of", "family": "01-dns", "specificity": "weak"}])


def test_the_page_names_every_artifact_without_a_signature() -> None:
    page = (DOCUMENTS / "coverage.md").read_text(encoding="utf-8")

    for artifact, said in told_by().items():
        if "reason" in said:
            assert artifact.removeprefix("probe-") in page
