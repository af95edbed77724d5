"""Parse the head of a text message of HTTP, SIP, RTSP or ICAP (RFC 9112, RFC 3261)."""

from collections.abc import Mapping
from typing import NamedTuple

from nmapwatchd.core.matching.matcher import Field, Kind
from nmapwatchd.core.matching.placement import FirstWord, InLine, Placement
from nmapwatchd.core.observation import Values

# Header lines that are read; nmap writes fewer than ten, a longer head is not nmap's.
MAXIMUM_HEADERS = 64

# Placements in the request line.
METHOD = FirstWord(end=" ")
TARGET = InLine("\\A[^ \\r\\n]* ", " [^ \\r\\n]*\\r$")


class Head(NamedTuple):
    """
    A message's request line and headers.

    Args:
        method: the request line's first word.
        target: the text between its first and its last word.
        protocol: its last word.
        order: the headers' names in lower case, in order.
        headers: their values, by name.
        body: what follows the head.
    """

    method: str
    target: str
    protocol: str
    order: tuple[str, ...]
    headers: Mapping[str, Values]
    body: str

    def values(self, name: str, short: str = "") -> Values:
        """Return the values of the headers of a name, then those of its short form, in order."""
        found = self.headers.get(name, ())
        return found + self.headers.get(short, ()) if short else found

    @property
    def names(self) -> str:
        """The names of the headers in order, separated by commas."""
        return ",".join(self.order)

    @property
    def name_set(self) -> str:
        """The names of the headers in alphabetical order, separated by commas."""
        return ",".join(sorted(self.order))


def text_field(meaning: str, placement: Placement | None = None) -> Field:
    """Return a field whose value occurs literally in the message."""
    return Field(Kind.TEXT, meaning, encoding="latin-1", placement=placement)


def read_head(payload: bytes) -> Head:
    """Return the head of a message; a missing part is empty. Never raises."""
    head, _, body = payload.decode("latin-1").partition("\r\n\r\n")
    first, *lines = head.split("\r\n", MAXIMUM_HEADERS + 1)
    method, _, rest = first.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not target:
        target, protocol = protocol, ""
    names = []
    headers: dict[str, Values] = {}
    for line in lines[:MAXIMUM_HEADERS]:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            names.append(name)
            value = value.strip()
            headers[name] = (*headers[name], value) if name in headers else (value,)
    return Head(method, target, protocol, tuple(names), headers, body)
