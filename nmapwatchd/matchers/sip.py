"""SIP requests over TCP and UDP, on any port (RFC 3261 section 7.1)."""

from nmapwatchd.core.matching.matcher import BOTH, Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.headers import STACK
from nmapwatchd.matchers.message import read_head

# The methods that nmap's scripts and service probe use: OPTIONS, REGISTER, INVITE.
_METHODS = (b"OPTI", b"REGI", b"INVI")


def _read(payload: bytes, _transport: Transport) -> Fields:
    head = read_head(payload)
    return {
        "method": (head.method,),
        "uri": (head.target,),
        # Each header's name, and its short form.
        "from": head.values("from", "f"),
        "to": head.values("to", "t"),
        "contact": head.values("contact", "m"),
        "via": head.values("via", "v"),
        "call_id": head.values("call-id", "i"),
        "cseq": head.values("cseq"),
        "user_agent": head.values("user-agent"),
        "headers": (head.names,),
    }


MATCHER = Matcher(
    name="sip",
    title="SIP",
    openings=tuple(opening(method, over=over) for over in BOTH for method in _METHODS),
    fields={
        **STACK,
        "method": Field(Kind.TEXT, "the request's method", encoding="latin-1"),
        "uri": Field(Kind.TEXT, "who or what is asked", encoding="latin-1"),
        "from": Field(Kind.TEXT, "From", encoding="latin-1"),
        "to": Field(Kind.TEXT, "To", encoding="latin-1"),
        "contact": Field(Kind.TEXT, "Contact", encoding="latin-1"),
        "via": Field(Kind.TEXT, "Via", encoding="latin-1"),
        "call_id": Field(Kind.TEXT, "Call-ID", encoding="latin-1"),
        "cseq": Field(Kind.TEXT, "CSeq", encoding="latin-1"),
        "user_agent": Field(Kind.TEXT, "User-Agent", encoding="latin-1"),
        "headers": Field(Kind.TEXT, "names of the headers in order, lower case, with commas"),
    },
    read=_read,
)
