"""ONC RPC calls, over UDP and TCP, on any port (RFC 5531 section 9)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import NO_FIELDS, Fields, Transport

# RPC version 2, after the transaction id and the message type; over TCP a record mark precedes it
# all. Each signature fixes another word, so that this suffices.
_RPC_2 = b"\0\0\0\2"
# Over TCP, bytes of the record mark.
_RECORD_MARK = 4
# Offset of the program's version in the message.
_VERSION = 16


def _read(payload: bytes, transport: Transport) -> Fields:
    at = _VERSION + (_RECORD_MARK if transport is Transport.TCP else 0)
    version = payload[at : at + 4]
    if len(version) != 4:
        return NO_FIELDS
    return {"version_digits": (str(len(str(int.from_bytes(version)))),)}


def _number(meaning: str, at: int) -> Field:
    offsets = {Transport.UDP: at, Transport.TCP: at + _RECORD_MARK}
    return Field(Kind.NUMBER, meaning, at=offsets, size=4)


MATCHER = Matcher(
    name="rpc",
    title="ONC RPC",
    openings=(
        opening((8, _RPC_2), over=Transport.UDP),
        opening((_RECORD_MARK + 8, _RPC_2)),
    ),
    fields={
        "xid": _number("transaction id", 0),
        "kind": _number("0 is a call", 4),
        "program": _number("the called program", 12),
        "version": _number("its version", _VERSION),
        "version_digits": Field(Kind.NUMBER, "decimal digits of its version"),
        "procedure": _number("its procedure; 0 is the null procedure", 20),
        "credentials": _number("kind of the credentials; 0 is none", 24),
    },
    read=_read,
)
