"""Kerberos requests for an initial ticket, over UDP and TCP, on any port (RFC 4120 section 5.4)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import DerElement
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.der import Element, elements
from nmapwatchd.matchers.headers import STACK

# After an AS-REQ's two outer lengths, the protocol's version; four bytes of it suffice. A length
# has one byte, or two for 128 to 255 bytes; nmap's requests have 113 to about 200.
_VERSION = b"\xa1\x03\x02\x01"
_VERSION_AT = (4, 5, 6)

_REQUEST, _BODY = 0x6A, 0xA4
_CLIENT, _REALM, _TILL, _NONCE = 0xA1, 0xA2, 0xA5, 0xA7
# Tags of the body whose elements are fields, by the field's name.
_TAGS = {"options": 0xA0, "realm": _REALM, "till": _TILL, "nonce": _NONCE}
# Universal tags of their content (X.690).
_INTEGER, _GENERALIZED_TIME, _GENERAL_STRING = 0x02, 0x18, 0x1B


def _read(payload: bytes, transport: Transport) -> Fields:
    message = payload[4:] if transport is Transport.TCP else payload
    body = _inside(_inside(message, _REQUEST, 0x30), _BODY, 0x30)
    found = {element.tag: element.content for element in elements(body)}
    fields: dict[str, tuple[str, ...]] = {}
    for name, tag in _TAGS.items():
        if tag in found:
            value = _only(found[tag])
            # A bit string's first byte counts its unused bits.
            text = value[1:] if name == "options" else value
            fields[name] = (text.decode("latin-1"),)
    if _CLIENT in found:
        fields["client"] = _names(found[_CLIENT])
    return fields


def _inside(data: bytes, *tags: int) -> bytes:
    """Return the content of nested elements: of each tag, the first element."""
    for tag in tags:
        data = next((e.content for e in elements(data) if e.tag == tag), b"")
    return data


def _only(data: bytes) -> bytes:
    """Return the content of the one element that an explicit tag wraps."""
    return next((element.content for element in elements(data)), b"")


def _names(principal: bytes) -> tuple[str, ...]:
    """Return the components of a principal's name."""
    parts: list[Element] = elements(_inside(principal, 0x30, 0xA1, 0x30))
    return tuple(part.content.decode("latin-1") for part in parts)


MATCHER = Matcher(
    name="kerberos",
    title="Kerberos",
    openings=(
        *(opening(b"\x6a", (at, _VERSION), over=Transport.UDP) for at in _VERSION_AT),
        *(opening((4, b"\x6a"), (4 + at, _VERSION)) for at in _VERSION_AT),
    ),
    fields={
        **STACK,
        "realm": Field(
            Kind.TEXT,
            "the requested realm",
            encoding="latin-1",
            placement=DerElement((_REALM, _GENERAL_STRING)),
        ),
        "client": Field(Kind.TEXT, "components of the client's name", encoding="latin-1"),
        "till": Field(
            Kind.TEXT,
            "the requested end of the ticket",
            encoding="latin-1",
            placement=DerElement((_TILL, _GENERALIZED_TIME)),
        ),
        "options": Field(Kind.BYTES, "the four bytes of KDC options", encoding="latin-1"),
        "nonce": Field(
            Kind.BYTES,
            "the request's nonce",
            encoding="latin-1",
            placement=DerElement((_NONCE, _INTEGER)),
        ),
    },
    read=_read,
)
