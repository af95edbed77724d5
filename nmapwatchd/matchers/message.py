"""Reads the head of a text message, as HTTP, SIP, RTSP and ICAP write it (RFC 9112, RFC 3261)."""

from dataclasses import dataclass

# Header lines that are looked at; nmap writes fewer than ten, a longer head is not one of its own.
MAXIMUM_HEADERS = 64


@dataclass(frozen=True, slots=True)
class Head:
    """The request line's words, and headers by lower-case name."""

    method: str
    target: str
    protocol: str
    headers: tuple[tuple[str, str], ...]
    body: str

    def values(self, *names: str) -> tuple[str, ...]:
        """Return the values of the headers of these names, in order."""
        return tuple(value for name, value in self.headers if name in names)

    @property
    def names(self) -> str:
        """The names of the headers in order, with commas."""
        return ",".join(name for name, _ in self.headers)

    @property
    def name_set(self) -> str:
        """The names of the headers in alphabetical order, with commas."""
        return ",".join(sorted(name for name, _ in self.headers))


def read_head(payload: bytes) -> Head:
    """Return the head of a message; what is missing is empty. Never raises."""
    head, _, body = payload.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not target:
        target, protocol = protocol, ""
    headers = []
    for line in lines[1 : MAXIMUM_HEADERS + 1]:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    return Head(method, target, protocol, tuple(headers), body.decode("latin-1"))
