"""Reads ASN.1 elements as BER and DER write them (X.690), tag by tag; never raises."""

from dataclasses import dataclass

# Elements read on one level. Nothing that a matcher reads has more than a dozen.
MAXIMUM_ELEMENTS = 32
# Bytes that a length may take: four say more than a packet holds.
MAXIMUM_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Element:
    """A tag of one byte, and what stands inside."""

    tag: int
    content: bytes


def elements(data: bytes) -> list[Element]:
    """Return the elements that stand side by side; one that is cut off is the last, cut off."""
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
