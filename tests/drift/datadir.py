"""Builds small data directories, as an invented nmap would install them."""

from pathlib import Path

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.drift import DataDirectory, Drift, State, compare

MATCHER = Matcher(
    name="test",
    title="Test",
    fields={
        "word": Field(Kind.TEXT, "a word", encoding="latin-1"),
        "number": Field(Kind.NUMBER, "a number"),
    },
)


def term(field: str, value: str, op: Op = Op.IS) -> Term:
    """Return one field compared with one value."""
    return Term(field, op, (value,))


def row(
    match: Expression,
    source: str,
    *,
    source_strings: tuple[str, ...] = (),
    since: str = "",
    until: str = "",
) -> Signature:
    """Return a signature with a source file."""
    return Signature(
        id="test.row", matcher="test", title="Row", match=match, confidence=Confidence.STRONG,
        options=("-sV",), source=source, examples=(), near_misses=(),
        source_strings=source_strings, since=since, until=until,
    )  # fmt: skip


def probe_row(
    payload: str, transport: str = "tcp", source: str = "nmap-service-probes"
) -> Signature:
    """Return a signature of the bytes of a probe."""
    return row(AllOf((term("transport", transport), term("payload", payload))), source)


def write(folder: Path, files: dict[str, bytes]) -> DataDirectory:
    """Write files into a folder, by their names, and return it as a data directory."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return DataDirectory(folder)


def drift_of(folder: Path, files: dict[str, bytes], *rows: Signature) -> Drift:
    """Compare signatures with files."""
    return compare(Catalogue.of([MATCHER], rows), write(folder, files))


def state_of(folder: Path, files: dict[str, bytes], signature: Signature) -> State:
    """Return the state of one signature."""
    (finding,) = drift_of(folder, files, signature).findings
    return finding.state
