"""SMTP and LMTP commands, on any port (RFC 5321 section 4.1, RFC 2033)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.lines import ARGUMENT, COMMAND, command_and_argument


def _read(payload: bytes, _transport: Transport) -> Fields:
    command, argument = command_and_argument(payload)
    return {"command": (command,), "argument": (argument,)}


MATCHER = Matcher(
    name="smtp",
    title="SMTP",
    openings=(
        *(opening(greeting) for greeting in (b"EHLO", b"LHLO", b"HELO")),
        *(opening(command) for command in (b"MAIL", b"RCPT", b"VRFY", b"EXPN")),
        # Messages, whose headers a script sends in one segment after DATA.
        opening(b"MIME"),
        opening(b"Nmap"),
    ),
    transports=(Transport.TCP,),
    fields={
        "command": Field(Kind.TEXT, "the command, as sent", encoding="latin-1", placement=COMMAND),
        "argument": Field(
            Kind.TEXT, "the rest of its line", encoding="latin-1", placement=ARGUMENT
        ),
    },
    read=_read,
)
