"""FTP commands, on any port (RFC 959 section 4.1)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.lines import command_and_argument

# Commands that nmap's scripts send; POP3 has some of them, too.
_COMMANDS = (b"USER", b"PASS", b"PORT", b"HELP", b"SYST", b"STAT", b"PASV", b"LIST")
# Telnet's "interpret as command", twice: it reached ProFTPD's buffer overflow.
_TELNET = b"\x00\xff\x00\xff"


def _read(payload: bytes, _transport: Transport) -> Fields:
    command, argument = command_and_argument(payload)
    return {"command": (command,), "argument": (argument,)}


MATCHER = Matcher(
    name="ftp",
    title="FTP",
    openings=tuple(opening(start) for start in (*_COMMANDS, _TELNET)),
    transports=(Transport.TCP,),
    fields={
        "command": Field(Kind.TEXT, "the command, as sent", encoding="latin-1"),
        "argument": Field(Kind.TEXT, "the rest of its line", encoding="latin-1"),
    },
    read=_read,
)
