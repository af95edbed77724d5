"""TDS pre-logins and logins of Microsoft SQL Server's clients, on any port (MS-TDS section 2.2)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import TableEntry
from nmapwatchd.core.observation import Fields, Transport

# Bytes of a packet's header, and its first byte, the type, of a login.
_HEADER, _LOGIN = 8, b"\x10"
# Names of a login: the offsets of their entries, an offset from the login's start and a length in
# characters, two bytes each.
_NAMES = {"client": 44, "application": 56, "library": 68}
# Bytes of a character.
_CHARACTER = 2
# A name has at most 128 characters (MS-TDS section 2.2.6.4).
MAXIMUM_NAME = 128


def _read(payload: bytes, _transport: Transport) -> Fields:
    if not payload.startswith(_LOGIN):
        return {}
    fields = {}
    for name, at in _NAMES.items():
        start, length = (int.from_bytes(payload[n : n + 2], "little") for n in (at, at + 2))
        start += _HEADER
        value = payload[start : start + _CHARACTER * min(length, MAXIMUM_NAME)]
        if len(value) % _CHARACTER == 0:
            fields[name] = (value.decode("utf-16-le", "replace"),)
    return fields


MATCHER = Matcher(
    name="tds",
    title="TDS",
    # The only packet of a pre-login, which starts with the option version, or of a login.
    openings=(opening(b"\x12\x01", (8, b"\0\0")), opening(b"\x10\x01", (4, b"\0\0"))),
    transports=(Transport.TCP,),
    fields={
        name: Field(
            Kind.TEXT,
            f"the {name}'s name",
            encoding="utf-16-le",
            placement=TableEntry(at, _HEADER, _CHARACTER),
            presence=(0, _LOGIN),
        )
        for name, at in _NAMES.items()
    },
    read=_read,
)
