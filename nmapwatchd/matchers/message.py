"""Reads the head of a text message, as HTTP, SIP, RTSP and ICAP write it (RFC 9112, RFC 3261)."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.observation import Values

# Header lines that are looked at; nmap writes fewer than ten, a longer head is not one of its own.
MAXIMUM_HEADERS = 64


@dataclass(frozen=True, slots=True)
class Head:
    """
    A message's request line and headers.

    Args:
        method: the request line's first word.
        target: what stands between the first and the last.
        protocol: the last.
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
        """Return the values of the headers of a name, then of its short form, in order."""
        found = self.headers.get(name, ())
        return found + self.headers.get(short, ()) if short else found

    @property
    def names(self) -> str:
        """The names of the headers in order, with commas."""
        return ",".join(self.order)

    @property
    def name_set(self) -> str:
        """The names of the headers in alphabetical order, with commas."""
        return ",".join(sorted(self.order))


def read_head(payload: bytes) -> Head:
    """Return the head of a message; what is missing is empty. Never raises."""
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
