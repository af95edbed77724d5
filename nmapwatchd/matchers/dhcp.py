"""DHCP messages of clients, on any port (RFC 2131 section 2)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import AtOffset
from nmapwatchd.core.observation import Fields, Transport

# Offsets in the payload; bytes of a hardware address.
_MAC, _OPTIONS = 28, 240
_MAC_SIZE = 6
_PAD, _REQUESTED, _TYPE, _END = 0, 55, 53, 255
# A client sends fewer than twenty options; a message of 1,500 bytes could have 600.
MAXIMUM_OPTIONS = 64


def _read(payload: bytes, _transport: Transport) -> Fields:
    fields = {"mac": (payload[_MAC : _MAC + _MAC_SIZE].decode("latin-1"),)}
    options: list[str] = []
    at = _OPTIONS
    while at + 1 < len(payload) and payload[at] != _END and len(options) < MAXIMUM_OPTIONS:
        kind = payload[at]
        if kind == _PAD:
            break
        content = payload[at + 2 : at + 2 + payload[at + 1]]
        options.append(str(kind))
        if kind == _TYPE:
            fields["message_type"] = (str(int.from_bytes(content[:1])),)
        elif kind == _REQUESTED:
            fields["requested"] = (content.decode("latin-1"),)
        at += 2 + payload[at + 1]
    return fields | {"options": ("-".join(options),)}


MATCHER = Matcher(
    name="dhcp",
    title="DHCP",
    # A request over Ethernet, not relayed, with the magic cookie before the options.
    openings=(opening(b"\1\1\6\0", (236, b"\x63\x82\x53\x63"), over=Transport.UDP),),
    transports=(Transport.UDP,),
    fields={
        "flags": Field(
            Kind.NUMBER, "flags; 0x8000 requests a broadcast", at={Transport.UDP: 10}, size=2
        ),
        "mac": Field(
            Kind.BYTES,
            "the client's hardware address",
            encoding="latin-1",
            placement=AtOffset(_MAC, _MAC_SIZE),
        ),
        "message_type": Field(Kind.NUMBER, "1 is DISCOVER, 8 is INFORM"),
        "options": Field(Kind.TEXT, "its options in order, separated by hyphens"),
        "requested": Field(Kind.BYTES, "the options that it requests", encoding="latin-1"),
    },
    read=_read,
)
