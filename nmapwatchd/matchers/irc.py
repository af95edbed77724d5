"""IRC commands, on any port (RFC 2812 section 3.1)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import InLine
from nmapwatchd.core.observation import Fields, Transport

# A client's registration is three lines.
MAXIMUM_LINES = 8


def _read(payload: bytes, _transport: Transport) -> Fields:
    lines = payload.decode("latin-1").split("\n", MAXIMUM_LINES)[:MAXIMUM_LINES]
    nicks, users = [], []
    for line in lines:
        command, _, argument = line.removesuffix("\r").partition(" ")
        if command == "NICK":
            nicks.append(argument)
        elif command == "USER":
            users.append(argument)
    return {"nick": tuple(nicks), "user": tuple(users)}


MATCHER = Matcher(
    name="irc",
    title="IRC",
    openings=tuple(opening(command) for command in (b"PASS", b"NICK", b"USER")),
    transports=(Transport.TCP,),
    fields={
        "nick": Field(
            Kind.TEXT,
            "requested nicknames",
            encoding="latin-1",
            placement=InLine("^NICK ", "\\r?$"),
        ),
        "user": Field(
            Kind.TEXT,
            "arguments of USER: name, mode and real name",
            encoding="latin-1",
            placement=InLine("^USER ", "\\r?$"),
        ),
    },
    read=_read,
)
