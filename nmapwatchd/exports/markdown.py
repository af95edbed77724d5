"""The catalogue as the reference that a SOC reads."""

from nmapwatchd.core.catalogue import Catalogue, Chapter
from nmapwatchd.core.signature import Signature

_HEAD = """\
# What nmapwatchd knows

Each signature is one mark that nmap leaves on the wire. *Exclusive* means that nothing else is
known to send it: one sighting opens an alert. *Strong* and *weak* marks are shared with few or with
many others: they only add up. `nmapwatchd catalogue --output markdown` writes this page.
"""


def markdown(catalogue: Catalogue) -> str:
    """Return the reference: a chapter a protocol, a paragraph a signature."""
    return _HEAD + "".join(_chapter(chapter) for chapter in catalogue.chapters)


def _chapter(chapter: Chapter) -> str:
    rows = "".join(_row(row) for row in chapter.signatures)
    return f"\n## {chapter.matcher.title}\n{rows}"


def _row(row: Signature) -> str:
    sent_by = ", ".join(f"`{option}`" for option in row.sent_by)
    note = f" {_plain(row.note)}" if row.note else ""
    return (
        f"\n### {row.id}\n\n{_plain(row.title)}. *{row.confidence.value.capitalize()}*. "
        f"Sent by {sent_by}. Seen in nmap's `{row.source}`.{note}\n"
    )


def _plain(text: str) -> str:
    """Return text in which nothing is markup."""
    return "".join(f"\\{c}" if c in "\\`*_<>|[]" else c for c in text)
