"""Says what a signature asks of a DNS question as bytes, since Suricata's words do not."""

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Test,
    content,
    content_at,
)

# Where the count of additional records and the question stand (RFC 1035 section 4.1); over TCP the
# message stands behind its length.
_ADDITIONAL, _QUESTION, _LENGTH = 10, 12, 2
_OF_QUESTION = ("name", "type", "class")


def split(way: tuple[Term, ...], transport: Transport) -> tuple[tuple[Term, ...], list[Test]]:
    """Return the terms that are not about a question, and tests that say the others."""
    asked = {term.field: term for term in way if term.field in _OF_QUESTION}
    counted = [term for term in way if term.field == "additional"]
    rest = tuple(t for t in way if t.field not in _OF_QUESTION and t.field != "additional")
    shift = _LENGTH if transport is Transport.TCP else 0
    tests = []
    for term in counted:
        raw = int(term.values[0]).to_bytes(2)
        tests.append(Test(content_at(raw, _ADDITIONAL + shift)))
    if asked:
        tests.append(_question(asked, shift))
    return rest, tests


def _question(asked: dict[str, Term], shift: int) -> Test:
    name = asked.get("name")
    if name is None or name.op not in (Op.IS, Op.ENDS):
        raise InexpressibleError("a question's type stands behind a name of any length")
    labels = name.values[0].lstrip(".").split(".")
    raw = b"".join(bytes([len(label)]) + label.encode("latin-1") for label in labels) + b"\0"
    if name.values == ("",):
        raw = b"\0"
    kind, klass = (asked.get(part) for part in ("type", "class"))
    behind = ""
    if kind is not None:
        raw += int(kind.values[0]).to_bytes(2)
    if klass is not None:
        number = int(klass.values[0]).to_bytes(2)
        if kind is not None:
            raw += number
        else:
            behind = f" {content(number)} distance:2; within:2;"
    if name.op is Op.ENDS:
        return Test(content(raw) + behind)
    return Test(content_at(raw, _QUESTION + shift) + behind)
