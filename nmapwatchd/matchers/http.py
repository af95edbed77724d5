"""HTTP requests, on any port."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.message import read_head

# Request lines begin with a method (RFC 9110 section 9 and WebDAV's); a made-up method of four
# capitals, as nmap's http-methods sends, is told by the " /" behind it.
_OPENINGS = (
    *(
        opening(method)
        for method in (
            b"GET ", b"POST", b"HEAD", b"OPTI", b"PUT ", b"DELE", b"TRAC", b"CONN",
            b"PROP", b"SEAR", b"PATC", b"DEBU", b"SSTP",
        )
    ),
    opening((4, b" /")),
)  # fmt: skip


def _read(payload: bytes, _transport: Transport) -> Fields:
    head = read_head(payload)
    return {
        "method": (head.method,),
        "uri": (head.target,),
        "protocol": (head.protocol,),
        "user_agent": head.values("user-agent"),
        "host": head.values("host"),
        "cookie": head.values("cookie"),
        "authorization": head.values("authorization"),
        "content_type": head.values("content-type"),
        "connection": head.values("connection"),
        "origin": head.values("origin"),
        "referer": head.values("referer"),
        "headers": (head.names,),
        "header_set": (head.name_set,),
        "body": (head.body,),
    }


MATCHER = Matcher(
    name="http",
    title="HTTP",
    openings=_OPENINGS,
    transports=(Transport.TCP,),
    fields={
        "method": Field(Kind.TEXT, "the request's method", encoding="latin-1"),
        "bytes_4_8": Field(
            Kind.NUMBER,
            "bytes five to eight; 0x202f2048 where a method of four letters asks for the root",
            at={Transport.TCP: 4},
            size=4,
        ),
        "uri": Field(Kind.TEXT, "the request's target, as sent", encoding="latin-1"),
        "protocol": Field(Kind.TEXT, "the protocol's version", encoding="latin-1"),
        "user_agent": Field(Kind.TEXT, "User-Agent", encoding="latin-1"),
        "host": Field(Kind.TEXT, "Host", encoding="latin-1"),
        "cookie": Field(Kind.TEXT, "Cookie", encoding="latin-1"),
        "authorization": Field(Kind.TEXT, "Authorization", encoding="latin-1"),
        "content_type": Field(Kind.TEXT, "Content-Type", encoding="latin-1"),
        "connection": Field(Kind.TEXT, "Connection", encoding="latin-1"),
        "origin": Field(Kind.TEXT, "Origin", encoding="latin-1"),
        "referer": Field(Kind.TEXT, "Referer", encoding="latin-1"),
        "headers": Field(Kind.TEXT, "names of the headers in order, lower case, with commas"),
        "header_set": Field(Kind.TEXT, "the same in alphabetical order"),
        "body": Field(Kind.TEXT, "what of the body is in the same packet", encoding="latin-1"),
    },
    read=_read,
)
