"""FTP commands, on any port (RFC 959 section 4.1)."""

from nmapwatchd.core.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.lines import command_and_argument


def _read(payload: bytes, _transport: Transport) -> Fields:
    command, argument = command_and_argument(payload)
    return {"command": (command,), "argument": (argument,)}


MATCHER = Matcher(
    name="ftp",
    title="FTP",
    openings=(
        *(opening(command) for command in (b"USER ", b"PASS ", b"PORT ", b"HELP ")),
        # The same four letters also begin POP3's commands, so that the end of the line counts.
        *(opening(command) for command in (b"SYST\r\n", b"STAT\r\n", b"PASV\r\n", b"LIST\r\n")),
        # Telnet's "interpret as command", doubled: how ProFTPD's overflow was reached.
        opening(b"\x00\xff\x00\xff"),
    ),
    transports=(Transport.TCP,),
    fields={
        "command": Field(Kind.TEXT, "the command, as sent", encoding="latin-1"),
        "argument": Field(Kind.TEXT, "what follows it on its line", encoding="latin-1"),
    },
    read=_read,
)
