"""POP3, IMAP and NNTP commands, on any port (RFC 1939, RFC 9051, RFC 3977)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.lines import first_line


def _read(payload: bytes, _transport: Transport) -> Fields:
    return {"line": (first_line(payload),)}


MATCHER = Matcher(
    name="mail",
    title="POP3, IMAP, NNTP",
    openings=(
        # A tag precedes IMAP's commands; only nmap's tags are recognised.
        *(opening(start) for start in (b"AUTH", b"CAPA", b"000b", b"A001", b"A000")),
    ),
    transports=(Transport.TCP,),
    fields={"line": Field(Kind.TEXT, "the first line", encoding="latin-1")},
    read=_read,
)
