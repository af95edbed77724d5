"""The catalogue as the reference that a SOC reads."""

from collections import Counter
from functools import cache
from importlib.resources import files

from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports.words import code, correlation_in_words, in_words

_HEAD = """\
# What nmapwatchd knows

Each signature is one mark that nmap leaves on the wire. `nmapwatchd catalogue --output markdown`
writes this page, `nmapwatchd catalogue` a shorter list.

| how sure | means |
| --- | --- |
| exclusive | nothing else is known to send it: one sighting opens an alert (100 points) |
| strong | hardly anything else sends it (90 points) |
| weak | others send it too (10 points) |

Different signatures of one source within the window add up; an alert opens at 100 points. *Seen on
the wire* means that a capture of real nmap that comes with the source shows it; *not yet seen on
the wire*, that it was read in nmap's own files alone.
"""

# What becomes of the confidence in a line of its own.
_SURE = {
    Confidence.EXCLUSIVE: "exclusive, alerts alone",
    Confidence.STRONG: "strong, adds up",
    Confidence.WEAK: "weak, adds up",
}


@cache
def seen_on_the_wire() -> frozenset[str]:
    """Return the signatures that a golden capture of real nmap shows."""
    listed = files("nmapwatchd.signatures").joinpath("seen_on_the_wire.txt")
    return frozenset(listed.read_text(encoding="utf-8").split())


def markdown(catalogue: Catalogue) -> str:
    """Return the reference: a chapter a protocol, a paragraph a signature."""
    return (
        _HEAD
        + _contents(catalogue)
        + "".join(_chapter(chapter) for chapter in catalogue.matcher_rules)
    )


def _contents(catalogue: Catalogue) -> str:
    """Return a table of the matcher_rules with the number of their signatures."""
    lines = ["", "| protocol | " + " | ".join(Confidence) + " | seen on the wire |",
             "| --- " * (len(Confidence) + 2) + "|"]  # fmt: skip
    lines += [
        f"| [{_plain(chapter.matcher.title)}](#{_anchor(chapter)}) |{_counts(chapter.signatures)}"
        for chapter in catalogue.matcher_rules
    ]
    lines.append("| all |" + _counts(catalogue.signatures))
    return "\n".join(lines) + "\n"


def _counts(rows: tuple[Signature, ...]) -> str:
    sure = Counter(row.confidence for row in rows)
    seen = sum(row.id in seen_on_the_wire() for row in rows)
    return "".join(f" {sure[confidence]} |" for confidence in Confidence) + f" {seen} |"


def _anchor(chapter: MatcherRules) -> str:
    """Return the anchor that renderers give to a chapter's heading."""
    title = chapter.matcher.title.lower()
    return "".join(c for c in title.replace(" ", "-") if c.isalnum() or c == "-")


def _chapter(chapter: MatcherRules) -> str:
    rows = "".join(_row(row, chapter.matcher) for row in chapter.signatures)
    return f"\n## {_plain(chapter.matcher.title)}\n{rows}"


def _row(row: Signature, matcher: Matcher) -> str:
    told = in_words(row.match, matcher)
    if row.correlate is not None:
        told += f", {correlation_in_words(row.correlate)}"
    seen = "seen on the wire" if row.id in seen_on_the_wire() else "not yet seen on the wire"
    versions = [f"{word} {v}" for word, v in (("since", row.since), ("until", row.until)) if v]
    lines = [
        f"\n### {row.id}\n",
        f"{_plain(row.title)}.\n",
        f"- how sure: {_SURE[row.confidence]}; {seen}",
        f"- sent by: {', '.join(code(option) for option in row.options)}",
        f"- told by: {told}",
        f"- in {_plain(row.tool)}: {code(row.source)}" + "".join(f", {v}" for v in versions),
    ]
    if row.note:
        lines.append(f"- note: {_plain(row.note)}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return text in which nothing is markup."""
    return "".join(f"\\{c}" if c in "\\`*_<>|[]" else c for c in text)
