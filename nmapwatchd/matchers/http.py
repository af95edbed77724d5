"""HTTP requests, on any port."""

from nmapwatchd.core.attribution.caveats import FOREIGN_HEADERS
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import HttpHeader, HttpPart
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.message import read_head, text_field

# Request lines start with a method (RFC 9110 section 9 and WebDAV's); a made-up method of four
# capitals, as nmap's http-methods sends, is recognised by the " /" after it.
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


# Headers whose values are fields, by the field's name.
_HEADERS = {
    "user_agent": "User-Agent",
    "host": "Host",
    "cookie": "Cookie",
    "authorization": "Authorization",
    "content_type": "Content-Type",
    "connection": "Connection",
    "origin": "Origin",
    "referer": "Referer",
}
_LOWER_CASE = {field: name.lower() for field, name in _HEADERS.items()}


def _read(payload: bytes, _transport: Transport) -> Fields:
    head = read_head(payload)
    values = head.headers
    fields = {field: values.get(name, ()) for field, name in _LOWER_CASE.items()}
    fields["method"] = (head.method,)
    fields["uri"] = (head.target,)
    fields["protocol"] = (head.protocol,)
    fields["headers"] = (head.names,)
    fields["header_set"] = (head.name_set,)
    fields["foreign_headers"] = (",".join(name for name in FOREIGN_HEADERS if name in values),)
    fields["body"] = (head.body,)
    return fields


MATCHER = Matcher(
    name="http",
    title="HTTP",
    openings=_OPENINGS,
    transports=(Transport.TCP,),
    fields={
        "method": text_field("the request's method", HttpPart.METHOD),
        "bytes_4_8": Field(
            Kind.NUMBER,
            "bytes five to eight; 0x202f2048 if a method of four letters requests the root",
            at={Transport.TCP: 4},
            size=4,
        ),
        "uri": text_field("the request's target, as sent", HttpPart.TARGET),
        "protocol": text_field("the protocol's version", HttpPart.PROTOCOL),
        **{field: text_field(name, HttpHeader(name)) for field, name in _HEADERS.items()},
        "headers": Field(
            Kind.TEXT,
            "names of the headers in order, lower case, separated by commas",
            placement=HttpPart.HEADER_NAMES,
        ),
        "header_set": Field(
            Kind.TEXT, "the same in alphabetical order", placement=HttpPart.SORTED_HEADER_NAMES
        ),
        "foreign_headers": Field(
            Kind.TEXT,
            "names of the headers that web browsers and HTTP libraries add to every request and "
            "nmap's library does not, lower case, separated by commas",
            placement=HttpPart.FOREIGN_HEADER_NAMES,
        ),
        "body": text_field("the part of the body in the same packet", HttpPart.BODY),
    },
    read=_read,
)
