"""NetBIOS session requests and node status queries, on any port (RFC 1002 sections 4.2, 4.3)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

# First-level encoding writes the 16 bytes of a name as 32 letters from A to P (RFC 1001, 14.1).
_LETTERS = 32
_SPACED = 15


def _read(payload: bytes, transport: Transport) -> Fields:
    if transport is Transport.UDP:
        return {"name": _name(payload, 12)}
    return {
        "called": _name(payload, 4),
        "calling": _name(payload, 4 + 1 + _LETTERS + 1),
        "calling_suffix": tuple(str(ord(name[_SPACED])) for name in _whole(payload, 38)),
    }


def _name(payload: bytes, at: int) -> tuple[str, ...]:
    """Return the encoded name at an offset without its suffix and padding."""
    return tuple(name[:_SPACED].rstrip(" \0") for name in _whole(payload, at))


def _whole(payload: bytes, at: int) -> tuple[str, ...]:
    letters = payload[at + 1 : at + 1 + _LETTERS]
    if payload[at : at + 1] != bytes([_LETTERS]) or len(letters) != _LETTERS:
        return ()
    nibbles = [letter - ord("A") for letter in letters]
    if not all(0 <= nibble < 16 for nibble in nibbles):
        return ()
    pairs = zip(nibbles[::2], nibbles[1::2], strict=True)
    return ("".join(chr(high << 4 | low) for high, low in pairs),)


MATCHER = Matcher(
    name="netbios",
    title="NetBIOS",
    openings=(
        # A session request with two names and no scope.
        opening(b"\x81\0\0\x44"),
        # A query with one question and nothing else, to a host or to all.
        opening((2, b"\0\0\0\1\0\0\0\0\0\0\x20"), over=Transport.UDP),
        opening((2, b"\0\x10\0\1\0\0\0\0\0\0\x20"), over=Transport.UDP),
    ),
    fields={
        "id": Field(Kind.NUMBER, "a query's transaction id", at={Transport.UDP: 0}, size=2),
        "flags": Field(Kind.NUMBER, "a query's flags", at={Transport.UDP: 2}, size=2),
        "type": Field(
            Kind.NUMBER, "a query's type; 33 is node status", at={Transport.UDP: 46}, size=2
        ),
        "name": Field(Kind.TEXT, "the queried name"),
        "called": Field(Kind.TEXT, "the called name of a session request"),
        "calling": Field(Kind.TEXT, "the calling name of a session request"),
        "calling_suffix": Field(Kind.NUMBER, "its sixteenth byte, the kind of service"),
    },
    read=_read,
)
