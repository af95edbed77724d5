"""RDP connection requests and the first core data of a client, on any port (MS-RDPBCGR 2.2.1)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import AfterMarkers, InLine, Marker
from nmapwatchd.core.observation import NO_FIELDS, Fields, Transport

# Offset of X.224's code, after TPKT's four bytes and a length.
_CODE = 5
# A connection request, and the offset of its variable part; a data packet with the tag of an MCS
# connect initial.
_CONNECTION_REQUEST, _VARIABLE_PART = 0xE0, 11
_CONNECT_INITIAL = b"\xf0\x80\x7f\x65"
# RDP_NEG_REQ: type 1, flags 0, eight bytes long; the protocols follow in little-endian order.
_NEGOTIATION = b"\1\0\x08\0"
# CS_CORE of a GCC conference create request follows Microsoft's key for the client.
_KEY, _CORE = b"Duca", b"\1\xc0"
# Bytes after the key in which CS_CORE starts: a length of one or two bytes precedes it.
_KEY_TO_CORE = 8
_BUILD, _NAME, _NAME_SIZE = 20, 24, 32  # within CS_CORE


def _read(payload: bytes, _transport: Transport) -> Fields:
    if payload[_CODE : _CODE + 1] == bytes([_CONNECTION_REQUEST]):
        return _connection_request(payload[_VARIABLE_PART:])
    return _core_data(payload)


def _connection_request(variable: bytes) -> Fields:
    """Return the routing cookie, and the security protocols that the client offers."""
    line, end, rest = variable.partition(b"\r\n")
    fields: dict[str, tuple[str, ...]] = {}
    if end and line.startswith(b"Cookie: "):
        fields["cookie"] = (line.removeprefix(b"Cookie: ").decode("latin-1"),)
    else:
        rest = variable
    if rest.startswith(_NEGOTIATION) and len(rest) >= 8:
        fields["requested_protocols"] = (str(int.from_bytes(rest[4:8], "little")),)
    return fields


def _core_data(payload: bytes) -> Fields:
    """Return the client's name and build from CS_CORE."""
    key = payload.find(_KEY)
    if key < 0:
        return NO_FIELDS
    start = payload.find(_CORE, key + len(_KEY), key + len(_KEY) + _KEY_TO_CORE)
    core = payload[start:] if start >= 0 else b""
    if len(core) < _NAME + _NAME_SIZE:
        return NO_FIELDS
    name = core[_NAME : _NAME + _NAME_SIZE].decode("utf-16-le", "replace")
    return {
        "client_name": (name.partition("\0")[0],),
        "client_build": (str(int.from_bytes(core[_BUILD : _BUILD + 4], "little")),),
    }


MATCHER = Matcher(
    name="rdp",
    title="RDP",
    openings=(
        opening(b"\3\0", (_CODE, bytes([_CONNECTION_REQUEST]))),  # X.224 connection request
        opening(b"\3\0", (_CODE, _CONNECT_INITIAL)),  # MCS connect initial
    ),
    transports=(Transport.TCP,),
    fields={
        "cookie": Field(
            Kind.TEXT,
            "routing cookie or token",
            encoding="latin-1",
            placement=InLine(f"\\A.{{{_VARIABLE_PART}}}Cookie\\x3a ", "\\r\\n"),
            presence=(_CODE, bytes([_CONNECTION_REQUEST])),
        ),
        "requested_protocols": Field(Kind.NUMBER, "security protocols that the client offers"),
        "client_name": Field(
            Kind.TEXT,
            "the client's name",
            encoding="utf-16-le",
            placement=AfterMarkers(
                (Marker(_KEY), Marker(_CORE, within=_KEY_TO_CORE)),
                distance=_NAME - len(_CORE),
                terminator="\0".encode("utf-16-le"),
            ),
            presence=(_CODE, _CONNECT_INITIAL),
        ),
        "client_build": Field(Kind.NUMBER, "the client's build"),
    },
    read=_read,
)
