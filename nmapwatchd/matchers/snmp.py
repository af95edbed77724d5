"""SNMPv1 requests as nmap's scripts send them, over UDP, on any port (RFC 1157 section 4)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.der import elements

# A sequence whose length fits one byte, version 1, then the community: "public" followed by
# GETNEXT, or "rmonmgmtuicommunity". Monitoring polls permanently: the kernel passes only these, by
# their rarest four bytes.
_VERSION_1 = (2, b"\x02\x01\0\x04")
_PUBLIC = (10, b"lic\xa1")
_RMON = (7, b"rmon")

# nmap's request ids are the clock's milliseconds modulo this; libraries choose random 31 bits.
_SHORT_ID = 65_000


def _read(payload: bytes, _transport: Transport) -> Fields:
    message = _contents(payload, 1)
    parts = elements(message[0]) if message else []
    if len(parts) < 3:
        return {}
    fields: dict[str, tuple[str, ...]] = {
        "community": (parts[1].content.decode("latin-1"),),
        "request": (str(parts[2].tag & 0x1F),),
    }
    request = elements(parts[2].content)
    if len(request) == 4:
        number = int.from_bytes(request[0].content)
        fields["short_id"] = (str(int(number < _SHORT_ID)),)
        fields["object"] = tuple(
            name[0].decode("latin-1")
            for binding in elements(request[3].content)
            if (name := _contents(binding.content, 1))
        )
    return fields


def _contents(data: bytes, count: int) -> list[bytes]:
    return [element.content for element in elements(data)[:count]]


MATCHER = Matcher(
    name="snmp",
    title="SNMP",
    openings=(
        opening(_VERSION_1, _PUBLIC, over=Transport.UDP),
        opening(_VERSION_1, _RMON, over=Transport.UDP),
    ),
    transports=(Transport.UDP,),
    fields={
        "community": Field(Kind.TEXT, "the community", encoding="latin-1"),
        "request": Field(Kind.NUMBER, "the request; 0 is GET, 1 is GETNEXT"),
        "short_id": Field(Kind.NUMBER, "1 if the request id is below 65000, else 0"),
        "object": Field(Kind.BYTES, "encoded ids of the requested objects", encoding="latin-1"),
    },
    read=_read,
)
