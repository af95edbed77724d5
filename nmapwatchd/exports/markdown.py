"""Export the catalogue as the reference of all signatures, docs/catalogue.md."""

from collections import Counter
from functools import cache
from importlib.resources import files

from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports.words import code, correlation_in_words, in_words
from nmapwatchd.signatures.nmap_releases import nmap_releases
from nmapwatchd.signatures.tuning import NO_CHANGES, Change, Changes, count_in_words

_HEAD = """\
# What nmapwatchd detects

`nmapwatchd catalogue --output markdown` generates this page; `nmapwatchd catalogue` prints a list.

| confidence | meaning |
| --- | --- |
| exclusive | no other known software sends this; one sighting opens an alert (score 100) |
| strong | hardly any other software sends this (score 90) |
| weak | other software sends this, too (score 10) |

The scores of one source's different signatures add up within the window, those of weak ones for one
target only, five of them at most; an alert opens at 100. An alert about *shared* signatures alone
says that tools which include nmap's probes send the same.
Some signatures are less certain *behind a router*, which lowers a usual TTL to one of nmap's.
*Captured* signatures match a recorded scan in the source tree, of nmap {releases}; the
others are derived from nmap's own files.
"""

_CONFIDENCE = {
    Confidence.EXCLUSIVE: "exclusive, alerts alone",
    Confidence.STRONG: "strong, adds up",
    Confidence.WEAK: "weak, adds up for one target",
}


@cache
def seen_on_the_wire() -> frozenset[str]:
    """Return the ids of the signatures that match a golden capture of real nmap."""
    listed = files("nmapwatchd.signatures").joinpath("seen_on_the_wire.txt")
    return frozenset(listed.read_text(encoding="utf-8").split())


def markdown(catalogue: Catalogue, changes: Changes = NO_CHANGES) -> str:
    """Return the reference: a section per protocol, a subsection per signature."""
    head = _HEAD.format(releases=", ".join(nmap_releases()))
    sections = (_section(rules, changes) for rules in catalogue.matcher_rules)
    return head + _tuned(changes) + _contents(catalogue) + "".join(sections)


def _tuned(changes: Changes) -> str:
    return f"\n{count_in_words(changes)}.\n" if changes else ""


def _contents(catalogue: Catalogue) -> str:
    """Return a table of the protocols with their numbers of signatures, those off included."""
    lines = ["", "| protocol | " + " | ".join(Confidence) + " | captured |",
             "| --- " * (len(Confidence) + 2) + "|"]  # fmt: skip
    lines += [
        f"| [{_plain(rules.matcher.title)}](#{_anchor(rules)}) |{_counts(rules.signatures)}"
        for rules in catalogue.matcher_rules
    ]
    lines.append("| all |" + _counts(catalogue.signatures))
    return "\n".join(lines) + "\n"


def _counts(signatures: tuple[Signature, ...]) -> str:
    by_confidence = Counter(signature.confidence for signature in signatures)
    captured = sum(signature.id in seen_on_the_wire() for signature in signatures)
    return "".join(f" {by_confidence[level]} |" for level in Confidence) + f" {captured} |"


def _anchor(rules: MatcherRules) -> str:
    """Return the anchor that renderers give to a section's heading."""
    title = rules.matcher.title.lower()
    return "".join(c for c in title.replace(" ", "-") if c.isalnum() or c == "-")


def _section(rules: MatcherRules, changes: Changes) -> str:
    subsections = (
        _subsection(signature, rules.matcher, changes.get(signature.id))
        for signature in rules.signatures
    )
    return f"\n## {_plain(rules.matcher.title)}\n" + "".join(subsections)


def _subsection(signature: Signature, matcher: Matcher, change: Change | None) -> str:
    match = in_words(signature.match, matcher)
    if signature.correlate is not None:
        match += f", {correlation_in_words(signature.correlate)}"
    captured = "captured" if signature.id in seen_on_the_wire() else "not captured"
    versions = [
        f"{word} {v}" for word, v in (("since", signature.since), ("until", signature.until)) if v
    ]
    options = ", ".join(code(option) for option in signature.options)
    lines = [
        f"\n### {signature.id}\n",
        f"{_plain(signature.title)}.\n",
        f"- confidence: {_confidence(signature)}; {captured}",
        *_changed(change),
        f"- {_plain(signature.tool)} options: {options}",
        f"- detected by: {match}",
        f"- source: {code(signature.source)}" + "".join(f", {v}" for v in versions),
    ]
    if signature.also_sent_by:
        lines.append(f"- also sent by: {_plain('; '.join(signature.also_sent_by))}")
    if signature.shared:
        lines.append("- shared: tools that include nmap's probes send it, too")
    if signature.note:
        lines.append(f"- note: {_plain(signature.note)}")
    return "\n".join(lines) + "\n"


def _changed(change: Change | None) -> list[str]:
    """Return a line about what the configuration changes, if anything."""
    if change is None:
        return []
    place = code(change.by.location)
    if change.is_off:
        return [f"- **off** by {place}"]
    return [f"- confidence **changed** from {change.signature.confidence} by {place}"]


def _confidence(signature: Signature) -> str:
    confidence = _CONFIDENCE[signature.confidence]
    if signature.off_link is None:
        return confidence
    return f"{confidence}; behind a router {_CONFIDENCE[signature.off_link]}"


def _plain(text: str) -> str:
    """Return text in which nothing is markup."""
    return "".join(f"\\{c}" if c in "\\`*_<>|[]" else c for c in text)
