"""TNS connects and logins of Oracle's clients, on any port."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import Anywhere
from nmapwatchd.core.observation import Fields, Transport

# Bytes of connect data; longer ones are sent in a packet of their own.
MAXIMUM_CONNECT_DATA = 1_024
# Offset of a packet's type, and the type of a connect.
_TYPE, _CONNECT = 4, b"\x01"


def _read(payload: bytes, _transport: Transport) -> Fields:
    if payload[_TYPE : _TYPE + 1] != _CONNECT:
        return {}
    # Length and offset of the connect data, in a connect packet.
    length, start = (int.from_bytes(payload[at : at + 2]) for at in (24, 26))
    data = payload[start : start + min(length, MAXIMUM_CONNECT_DATA)]
    return {"connect_data": (data.decode("latin-1"),)}


MATCHER = Matcher(
    name="tns",
    title="TNS",
    openings=(
        # A connect packet without checksums, compatible down to version 300.
        opening((2, b"\0\0\x01\0"), (10, b"\x01\x2c")),
        # A data packet whose call is one of a login's two, as sqlplus makes them.
        opening((2, b"\0\0\x06\0"), (10, b"\x03\x76")),
        opening((2, b"\0\0\x06\0"), (10, b"\x03\x73")),
    ),
    transports=(Transport.TCP,),
    fields={
        "connect_data": Field(
            Kind.TEXT,
            "the connect data of a connect packet",
            encoding="latin-1",
            placement=Anywhere(),
            presence=(_TYPE, _CONNECT),
        ),
    },
    read=_read,
)
