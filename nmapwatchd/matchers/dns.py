"""DNS requests, over UDP and TCP, on any port (RFC 1035 section 4.1)."""

from collections.abc import Mapping

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import DnsPart, DnsRequest, ToEnd
from nmapwatchd.core.observation import Fields, Transport

# A name has at most 127 labels (RFC 1035 section 3.1), so that a query is read in bounded time.
MAXIMUM_LABELS = 127

# Over TCP, bytes of the message's length before it.
_LENGTH = 2
# Offsets in the message: the number of additional records, and the question.
_ADDITIONAL, _QUESTION = 10, 12

# What follows a client's transaction id, as far as the kernel compares: flags of a standard query
# (none; RD; RD and AD; RD and CD) or of an update, and one question or zone; flags of a status
# request, and none.
_HEADS = (b"\0\0\0\1", b"\1\0\0\1", b"\1\x20\0\1", b"\1\x10\0\1", b"\x28\0\0\1", b"\x10\0\0\0")


def _read(payload: bytes, transport: Transport) -> Fields:
    message = payload[_LENGTH:] if transport is Transport.TCP else payload
    labels = []
    at = _QUESTION
    for _ in range(MAXIMUM_LABELS):
        length = message[at] if at < len(message) else 0
        if length == 0:
            break
        if length > 63:  # a pointer, or nothing that RFC 1035 knows
            return {}
        labels.append(message[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    kind, klass = message[at + 1 : at + 3], message[at + 3 : at + 5]
    if len(klass) != 2:
        return {}
    return {
        "name": (".".join(labels),),
        "type": (str(int.from_bytes(kind)),),
        "class": (str(int.from_bytes(klass)),),
        "trailer": (message[at + 5 :].decode("latin-1"),),
    }


def _at(offset: int) -> Mapping[Transport, int]:
    """Return an offset in the message as one in the payload, by transport."""
    return {Transport.UDP: offset, Transport.TCP: _LENGTH + offset}


MATCHER = Matcher(
    name="dns",
    title="DNS",
    openings=(
        *(opening((2, head), over=Transport.UDP) for head in _HEADS),
        *(opening((4, head), over=Transport.TCP) for head in _HEADS),
        # A status request with recursion desired; one of nmap's scripts sends it over TCP without
        # the length that must precede it.
        opening((2, b"\x11\0\0\0\0\0\0\0\0\0")),
    ),
    fields={
        "id": Field(Kind.NUMBER, "transaction id", at=_at(0), size=2),
        "flags": Field(Kind.NUMBER, "flags and opcode", at=_at(2), size=2),
        "name": Field(
            Kind.TEXT,
            "the queried name, without the final dot",
            placement=DnsRequest(DnsPart.NAME, _at(_QUESTION)),
        ),
        "type": Field(Kind.NUMBER, "its type", placement=DnsRequest(DnsPart.TYPE, _at(_QUESTION))),
        "class": Field(
            Kind.NUMBER,
            "its class; 3 is CHAOS",
            placement=DnsRequest(DnsPart.CLASS, _at(_QUESTION)),
        ),
        "additional": Field(
            Kind.NUMBER,
            "additional records",
            at=_at(_ADDITIONAL),
            size=2,
            placement=DnsRequest(DnsPart.ADDITIONAL_COUNT, _at(_ADDITIONAL)),
        ),
        "trailer": Field(
            Kind.BYTES,
            "what follows the question, such as EDNS options",
            encoding="latin-1",
            placement=ToEnd(),
        ),
    },
    read=_read,
)
