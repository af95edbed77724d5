"""Says one term of a signature in Suricata's rule language, or why that cannot be said."""

from collections.abc import Mapping
from dataclasses import replace

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Base, Field, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import InexpressibleError, Test, content, content_at
from nmapwatchd.exports.suricata_places import placed

# Suricata's buffers for the headers in which a field may stand.
_HEADERS = {
    (Base.HEADER, Transport.TCP): "tcp.hdr",
    (Base.HEADER, Transport.UDP): "udp.hdr",
    (Base.HEADER, Transport.ICMP): "icmpv4.hdr",
    (Base.HEADER, Transport.ICMPV6): "icmpv6.hdr",
}
# Bytes of SCTP's own header, behind which Suricata's payload begins.
_SCTP_HEADER = 12

# Where a header has what is asked of tshark alone.
_IN_HEADERS = {"ip.ttl": (Base.IPV4, 8), "ipv6.hlim": (Base.IPV6, 7)}

# Suricata's buffers for what is read from an HTTP request.
_HTTP = {
    "method": "http.method", "uri": "http.uri.raw", "user_agent": "http.user_agent",
    "cookie": "http.cookie", "connection": "http.connection", "referer": "http.referer",
    "content_type": "http.content_type", "body": "http.request_body", "protocol": "http.protocol",
}  # fmt: skip
# Headers without a buffer of their own stand in the one of all headers, each on its line.
_HTTP_LINES = {"authorization": "Authorization", "origin": "Origin", "host": "Host"}
# What Suricata reads as well.
_BUFFERS = {
    ("ssh", "hassh"): "ssh.hassh",
    ("tls", "ja3"): "ja3.hash",
    ("tls", "ja3_full"): "ja3.string",
}


def tests_of(term: Term, matcher: Matcher, transport: Transport) -> list[Test]:
    """
    Return the tests that say a term of one value.

    Raises:
        InexpressibleError: they cannot say it.
    """
    field = matcher.field_named(term.field)
    if term.field in ("destination_port", "source_port", "transport"):
        return []
    if field is None or term.op is Op.MATCHES:
        raise InexpressibleError(f"{term.field} is compared with a pattern")
    if (matcher.name, term.field, term.op) == ("udp", "filler", Op.AT_LEAST):
        # Any byte, and nothing but it: the letter itself is asked for by no signature.
        return [Test('pcre:"/^(.)\\1*$/s";')]
    if term.field == "size":
        return [Test(_size(term))]
    if field.at is not None and transport in field.at:
        return [_number_at(term, field, transport)]
    buffer = _BUFFERS.get((matcher.name, term.field))
    if buffer is not None:
        raw = term.values[0].encode("latin-1")
        whole = f" bsize:{len(raw)};" if term.op is Op.IS else ""
        return [Test(_in_buffer(term.op, raw, within="") + whole, buffer)]
    if field.tshark in _IN_HEADERS:
        base, at = _IN_HEADERS[field.tshark]
        return [_number(term, replace(field, base=base, size=1), transport, at)]
    if field.tshark:
        raise InexpressibleError(f"{field.tshark} has no buffer")
    if matcher.name == "http":
        return _http(term)
    return [_in_payload(term, field, matcher)]


def _size(term: Term) -> str:
    words: Mapping[Op, str] = {Op.IS: "", Op.AT_LEAST: ">", Op.AT_MOST: "<"}
    number = int(term.values[0])
    beyond = {Op.AT_LEAST: -1, Op.AT_MOST: 1}.get(term.op, 0)
    return f"dsize:{words[term.op]}{number + beyond};"


def _number_at(term: Term, field: Field, transport: Transport) -> Test:
    """Say a number, or bytes, at a fixed place of a header or of the payload."""
    assert field.at is not None
    return _number(term, field, transport, field.at[transport])


def _number(term: Term, field: Field, transport: Transport, at: int) -> Test:
    match field.base:
        case Base.IPV4:
            buffer = "ipv4.hdr"
        case Base.IPV6:
            buffer = "ipv6.hdr"
        case Base.HEADER if transport is Transport.SCTP:
            buffer, at = "", at - _SCTP_HEADER
        case Base.HEADER:
            buffer = _HEADERS[field.base, transport]
        case _:
            buffer = ""
    (value,) = term.values
    if not field.size:
        raw = value.encode("latin-1")
        return Test(content_at(raw, at) if raw else "", buffer)
    number = int(value)
    if term.op is Op.IS and not field.mask:
        raw = number.to_bytes(field.size, field.order)
        return Test(content_at(raw, at), buffer)
    sign = {Op.IS: "=", Op.AT_LEAST: ">=", Op.AT_MOST: "<="}[term.op]
    little = ",little" if field.order == "little" else ""
    mask = ""
    if field.mask:
        # Suricata moves what is left of the mask to the right, until its last bit is a one.
        unused = (field.mask & -field.mask).bit_length() - 1
        number = number << field.shift >> unused
        mask = f",bitmask {field.mask:#x}"
    return Test(f"byte_test:{field.size},{sign},{number},{at}{little}{mask};", buffer)


def _http(term: Term) -> list[Test]:
    """Say what stands in an HTTP request, in the buffers that Suricata has of it."""
    (value,) = term.values
    raw = value.encode("latin-1")
    if term.field == "payload":
        return [Test(_in_buffer(term.op, raw))]
    if term.field in ("headers", "header_set"):
        return _header_names(term)
    if not raw:
        raise InexpressibleError(f"{term.field} is empty")
    if term.field in _HTTP:
        whole = f" bsize:{len(raw)};" if term.op is Op.IS else ""
        return [Test(_in_buffer(term.op, raw, within="") + whole, _HTTP[term.field])]
    head = _HTTP_LINES[term.field].encode() + b": " if term.op in (Op.IS, Op.STARTS) else b""
    tail = b"\r\n" if term.op in (Op.IS, Op.ENDS) else b""
    return [Test(content(head + raw + tail), "http.header")]


def _header_names(term: Term) -> list[Test]:
    """Say which headers there are: each name between line ends, and the length of them all."""
    if term.op is not Op.IS:
        raise InexpressibleError("the beginning of the list of headers has no word")
    names = [name.encode("latin-1") for name in term.values[0].split(",")]
    lines = [b"\r\n" + name + b"\r\n" for name in names]
    if term.field == "headers":
        lines = [b"\r\n" + b"\r\n".join(names) + b"\r\n"]
    size = sum(len(name) + 2 for name in names) + 4
    text = " ".join(f"{content(line)} nocase;" for line in lines)
    return [Test(f"bsize:{size}; {text}", "http.header_names")]


def _in_payload(term: Term, field: Field, matcher: Matcher) -> Test:
    (value,) = term.values
    if term.field == "payload":
        return Test(_in_buffer(term.op, value.encode("latin-1")))
    if not field.encoding:
        raise InexpressibleError(f"{term.field} is read by nmapwatchd alone")
    raw = value.encode(field.encoding)
    if not raw:
        raise InexpressibleError(f"{term.field} is empty")
    return Test(placed(matcher.name, term, raw))


def _in_buffer(op: Op, value: bytes, within: str = "dsize") -> str:
    """Say where in its buffer a value stands."""
    text = content(value)
    match op:
        case Op.IS:
            return f"{within}:{len(value)}; {text} startswith;" if within else f"{text} startswith;"
        case Op.STARTS:
            return f"{text} startswith;"
        case Op.ENDS:
            return f"{text} endswith;"
        case _:
            return text
