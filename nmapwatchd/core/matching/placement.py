"""
Where a field's value is located in a message.

A matcher states the placement beside its reader; exports translate each type once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.observation import Transport


@dataclass(frozen=True, slots=True)
class AtOffset:
    """A fixed number of bytes at a fixed offset, counted from the field's base."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class ToEnd:
    """The rest of the payload, from an offset; None if the offset varies."""

    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Anywhere:
    """At an offset that no part of the message gives away."""


@dataclass(frozen=True, slots=True)
class RepeatedByte:
    """The byte that the payload repeats, as a number."""


@dataclass(frozen=True, slots=True)
class FirstWord:
    """The payload's first word; `end` is the pattern that follows."""

    end: str


@dataclass(frozen=True, slots=True)
class InLine:
    r"""
    A part of one line, between two patterns.

    Args:
        before: the pattern that precedes; `^` is the start of any line, `\A` of the payload.
        after: the pattern that follows; `$` is the end of any line.
    """

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """A header's value in a text message such as SIP's, by each of its names, in lower case."""

    names: tuple[str, ...]


class HttpPart(StrEnum):
    """A part of an HTTP request other than a header's value."""

    METHOD = "method"
    TARGET = "target"
    PROTOCOL = "protocol"
    HEADER_NAMES = "header names"
    SORTED_HEADER_NAMES = "sorted header names"
    FOREIGN_HEADER_NAMES = "names of headers of browsers and libraries"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class HttpHeader:
    """A header's value in an HTTP request, by its name as RFC 9110 spells it."""

    name: str


class DnsPart(StrEnum):
    """A part of a DNS request (RFC 1035 section 4.1)."""

    ADDITIONAL_COUNT = "additional count"
    NAME = "name"
    TYPE = "type"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class DnsRequest:
    """
    A part of a DNS request's header or question.

    Args:
        part: which.
        at: offset of the count, or of the question, by transport.
    """

    part: DnsPart
    at: Mapping[Transport, int]


@dataclass(frozen=True, slots=True)
class Vector:
    """Bytes preceded by their length: `size` bytes at the offset `at`."""

    at: int
    size: int


@dataclass(frozen=True, slots=True)
class LengthPrefixed:
    """A value preceded by its length of `size` bytes, if `after` is given directly after it."""

    size: int
    after: Vector | None = None


@dataclass(frozen=True, slots=True)
class CountedList:
    """
    A list at a fixed offset, whose number of items is at another.

    Args:
        at: offset of the first item.
        item_size: bytes of one.
        count_at: offset of the number, two bytes in little-endian order.
    """

    at: int
    item_size: int
    count_at: int


@dataclass(frozen=True, slots=True)
class TableEntry:
    """
    A value that a table locates by offset and length, two bytes each in little-endian order.

    Args:
        at: offset of the table's entry.
        origin: what the value's offset is counted from.
        unit: bytes that one unit of its length stands for.
    """

    at: int
    origin: int
    unit: int


@dataclass(frozen=True, slots=True)
class TlsExtension:
    """The one list of a TLS extension; `size` bytes of length precede it."""

    type: int
    size: int


@dataclass(frozen=True, slots=True)
class DerElement:
    """The content of nested ASN.1 elements, by their tags from the outer to the inner."""

    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terminated:
    """A string at a varying offset, with the bytes that end it."""

    terminator: bytes


@dataclass(frozen=True, slots=True)
class Marker:
    """Bytes within so many after the previous marker; 0 for any distance."""

    value: bytes
    within: int = 0


@dataclass(frozen=True, slots=True)
class AfterMarkers:
    """
    A value that follows markers.

    Args:
        markers: in their order.
        distance: bytes between the last marker and the value; None if it varies.
        terminator: bytes that end the value.
    """

    markers: tuple[Marker, ...]
    distance: int | None = None
    terminator: bytes = b""


class Fingerprint(StrEnum):
    """A published digest of a client's first message."""

    HASSH = "hassh"
    JA3 = "ja3"
    JA3_FULL = "ja3_full"


Placement = (
    AtOffset
    | ToEnd
    | Anywhere
    | RepeatedByte
    | FirstWord
    | InLine
    | HeaderValue
    | HttpPart
    | HttpHeader
    | DnsRequest
    | LengthPrefixed
    | CountedList
    | TableEntry
    | TlsExtension
    | DerElement
    | Terminated
    | AfterMarkers
    | Fingerprint
)
