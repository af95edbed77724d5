"""TDS pre-logins and logins of Microsoft SQL Server's clients, on any port (MS-TDS section 2.2)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

# A login stands behind a packet header of eight bytes. Its names are described by an offset from
# the login's start and a length in characters, two bytes each, at these places of the payload.
_HEADER = 8
_NAMES = {"client": 44, "application": 56, "library": 68}
# A name has at most 128 characters (MS-TDS section 2.2.6.4).
MAXIMUM_NAME = 128


def _read(payload: bytes, _transport: Transport) -> Fields:
    if not payload.startswith(b"\x10"):
        return {}
    fields = {}
    for name, at in _NAMES.items():
        start, length = (int.from_bytes(payload[n : n + 2], "little") for n in (at, at + 2))
        start += _HEADER
        value = payload[start : start + 2 * min(length, MAXIMUM_NAME)]
        if len(value) % 2 == 0:
            fields[name] = (value.decode("utf-16-le", "replace"),)
    return fields


MATCHER = Matcher(
    name="tds",
    title="TDS",
    # The only packet of a pre-login, which begins with the option version, or of a login.
    openings=(opening(b"\x12\x01", (8, b"\0\0")), opening(b"\x10\x01", (4, b"\0\0"))),
    transports=(Transport.TCP,),
    fields={
        "client": Field(Kind.TEXT, "the client's name", encoding="utf-16-le"),
        "application": Field(Kind.TEXT, "the application's name", encoding="utf-16-le"),
        "library": Field(Kind.TEXT, "the library's name", encoding="utf-16-le"),
    },
    read=_read,
)
