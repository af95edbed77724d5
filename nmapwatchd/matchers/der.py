"""Parse ASN.1 elements in BER or DER (X.690); never raises."""

from dataclasses import dataclass

# Elements parsed on one level; nothing that a matcher reads has more than a dozen.
MAXIMUM_ELEMENTS = 32
# Bytes of a length: four express more than a packet has.
MAXIMUM_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Element:
    """A tag of one byte, and its content."""

    tag: int
    content: bytes


def elements(data: bytes) -> list[Element]:
    """Return consecutive elements; a truncated one is the last, with the content that is left."""
    found: list[Element] = []
    at = 0
    while at + 2 <= len(data) and len(found) < MAXIMUM_ELEMENTS:
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= 0x80:
            size = length & 0x7F
            if not 0 < size <= MAXIMUM_LENGTH_BYTES:
                break
            length = int.from_bytes(data[at : at + size])
            at += size
        found.append(Element(tag, data[at : at + length]))
        at += length
    return found
