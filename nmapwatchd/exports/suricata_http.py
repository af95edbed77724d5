"""Translate parts of an HTTP request to Suricata's buffers."""

from nmapwatchd.core.attribution.caveats import FOREIGN_HEADERS
from nmapwatchd.core.matching.expression import Op
from nmapwatchd.core.matching.placement import HttpPart
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Keywords,
    content,
    whole_buffer,
)

PREFIX = "http."

_PARTS = {
    HttpPart.METHOD: "http.method",
    HttpPart.TARGET: "http.uri.raw",
    HttpPart.PROTOCOL: "http.protocol",
    HttpPart.BODY: "http.request_body",
}
# Headers that have a buffer of their own.
_HEADERS = {
    "User-Agent": "http.user_agent", "Cookie": "http.cookie", "Connection": "http.connection",
    "Referer": "http.referer", "Content-Type": "http.content_type",
}  # fmt: skip


def part(name: HttpPart, op: Op, value: bytes) -> Keywords:
    """Return keywords for a part of the request other than a header's value."""
    if name in (HttpPart.HEADER_NAMES, HttpPart.SORTED_HEADER_NAMES):
        return _header_names(op, value, in_order=name is HttpPart.HEADER_NAMES)
    if name is HttpPart.FOREIGN_HEADER_NAMES:
        return _no_foreign_headers(op, value)
    return whole_buffer(op, value, _PARTS[name])


def header(name: str, op: Op, value: bytes) -> Keywords:
    """Return keywords for a header's value; in the buffer of all headers if it has none."""
    if name in _HEADERS:
        return whole_buffer(op, value, _HEADERS[name])
    head = name.encode() + b": " if op in (Op.IS, Op.STARTS) else b""
    tail = b"\r\n" if op in (Op.IS, Op.ENDS) else b""
    return Keywords(content(head + value + tail), "http.header")


def _no_foreign_headers(op: Op, value: bytes) -> Keywords:
    """Return keywords for the absence of the headers that browsers and libraries add."""
    if (op, value) != (Op.IS, b""):
        raise InexpressibleError("the headers of browsers and libraries cannot be listed")
    lines = (content(b"\r\n" + name.encode() + b"\r\n") for name in FOREIGN_HEADERS)
    text = " ".join(line.replace('"', '!"', 1) + " nocase;" for line in lines)
    return Keywords(text, "http.header_names")


def _header_names(op: Op, value: bytes, *, in_order: bool) -> Keywords:
    """Return keywords for the list of names: each between line ends, and the size of all."""
    if op is not Op.IS:
        raise InexpressibleError("a part of the list of header names cannot be compared")
    names = value.split(b",")
    lines = [b"\r\n" + b"\r\n".join(names) + b"\r\n"]
    if not in_order:
        lines = [b"\r\n" + name + b"\r\n" for name in names]
    size = sum(len(name) + 2 for name in names) + 4
    text = " ".join(f"{content(line)} nocase;" for line in lines)
    return Keywords(f"bsize:{size}; {text}", "http.header_names")
