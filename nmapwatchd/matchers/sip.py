"""SIP requests over TCP and UDP, on any port (RFC 3261 section 7.1)."""

from nmapwatchd.core.matching.matcher import BOTH, Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import HeaderValue
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.headers import STACK
from nmapwatchd.matchers.message import METHOD, TARGET, read_head, text_field

# The methods that nmap's scripts and service probe use: OPTIONS, REGISTER, INVITE.
_METHODS = (b"OPTI", b"REGI", b"INVI")
# Headers whose values are fields: name and short form (RFC 3261 section 7.3.3).
_HEADERS = {
    "from": ("from", "f"),
    "to": ("to", "t"),
    "contact": ("contact", "m"),
    "via": ("via", "v"),
    "call_id": ("call-id", "i"),
    "cseq": ("cseq",),
    "user_agent": ("user-agent",),
}


def _read(payload: bytes, _transport: Transport) -> Fields:
    head = read_head(payload)
    return {
        "method": (head.method,),
        "uri": (head.target,),
        **{field: head.values(*names) for field, names in _HEADERS.items()},
        "headers": (head.names,),
    }


MATCHER = Matcher(
    name="sip",
    title="SIP",
    openings=tuple(opening(method, over=over) for over in BOTH for method in _METHODS),
    fields={
        **STACK,
        "method": text_field("the request's method", METHOD),
        "uri": text_field("the request's target", TARGET),
        **{field: text_field(names[0], HeaderValue(names)) for field, names in _HEADERS.items()},
        "headers": Field(
            Kind.TEXT, "names of the headers in order, lower case, separated by commas"
        ),
    },
    read=_read,
)
