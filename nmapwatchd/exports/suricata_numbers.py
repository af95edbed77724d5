"""Translate values at fixed offsets, of the payload or of a header."""

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Base, Field
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import Keywords, content_at

# Suricata's buffers for the transports' headers.
_HEADERS = {
    Transport.TCP: "tcp.hdr",
    Transport.UDP: "udp.hdr",
    Transport.ICMP: "icmpv4.hdr",
    Transport.ICMPV6: "icmpv6.hdr",
}
# Bytes of SCTP's common header, after which Suricata's payload starts.
_SCTP_HEADER = 12


def at_offset(term: Term, field: Field, transport: Transport, offset: int) -> Keywords:
    """
    Return keywords for a value at an offset, counted from the field's base.

    Args:
        term: of one value.
        field: the term's field; a number if it has a size, else bytes.
        transport: what carries the message.
        offset: in bytes.
    """
    match field.base:
        case Base.IPV4:
            buffer = "ipv4.hdr"
        case Base.IPV6:
            buffer = "ipv6.hdr"
        case Base.HEADER if transport is Transport.SCTP:
            buffer, offset = "", offset - _SCTP_HEADER
        case Base.HEADER:
            buffer = _HEADERS[transport]
        case _:
            buffer = ""
    (value,) = term.values
    if not field.size:
        raw = value.encode("latin-1")
        return Keywords(content_at(raw, offset) if raw else "", buffer)
    number = int(value)
    if term.op is Op.IS and not field.mask:
        return Keywords(content_at(number.to_bytes(field.size, field.order), offset), buffer)
    sign = {Op.IS: "=", Op.AT_LEAST: ">=", Op.AT_MOST: "<="}[term.op]
    little = ",little" if field.order == "little" else ""
    mask = ""
    if field.mask:
        # Suricata shifts the masked value right until the mask's lowest bit is the lowest.
        unused = (field.mask & -field.mask).bit_length() - 1
        number = number << field.shift >> unused
        mask = f",bitmask {field.mask:#x}"
    return Keywords(f"byte_test:{field.size},{sign},{number},{offset}{little}{mask};", buffer)
