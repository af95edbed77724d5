"""TLS and SSL 2 client hellos, on any port (RFC 8446 section 4.1.2, RFC 6101 appendix E)."""

import struct

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

# A hello has about twenty extensions; nmap's have fewer than ten.
MAXIMUM_EXTENSIONS = 64
# Where the hello begins, behind the headers of record and handshake.
_HELLO = 9
# Behind its version of two bytes and the random's 32.
_RANDOM, _SESSION = _HELLO + 2, _HELLO + 34
# An extension's type, and the bytes that it holds.
_EXTENSION = struct.Struct(">HH")
# Extensions that hold one list behind its length: type, bytes of the length, our name for it
# (IANA, TLS ExtensionType Values).
_LISTS = {10: (2, "groups"), 16: (2, "alpn"), 43: (1, "versions")}


def _vector(content: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Return what stands behind its own length of so many bytes, as far as it is there; its end."""
    start = at + size
    end = start + int.from_bytes(content[at:start])
    return content[start:end], end


def _read(payload: bytes, _transport: Transport) -> Fields:
    if payload.startswith(b"\x80"):
        return _read_ssl2(payload)
    if not payload.startswith(b"\x16"):
        return {}
    _session, at = _vector(payload, _SESSION, 1)
    ciphers, at = _vector(payload, at, 2)
    _compressions, at = _vector(payload, at, 1)
    extensions, _ = _vector(payload, at, 2)
    fields = {
        "version": (str(int.from_bytes(payload[_HELLO:_RANDOM])),),
        "random": (payload[_RANDOM:_SESSION].decode("latin-1"),),
        "ciphers": (ciphers.decode("latin-1"),),
        "cipher_count": (str(len(ciphers) // 2),),
    }
    at = 0
    types: list[int] = []
    while at + _EXTENSION.size <= len(extensions) and len(types) < MAXIMUM_EXTENSIONS:
        kind, length = _EXTENSION.unpack_from(extensions, at)
        at += _EXTENSION.size
        types.append(kind)
        if kind in _LISTS:
            size, name = _LISTS[kind]
            content, _ = _vector(extensions[at : at + length], 0, size)
            fields[name] = (content.decode("latin-1"),)
        at += length
    fields["extensions"] = ("-".join(map(str, types)),)
    return fields


def _read_ssl2(payload: bytes) -> Fields:
    """Read a hello of SSL 2, whose suites are three bytes each."""
    suites, session = (int.from_bytes(payload[at : at + 2]) for at in (5, 7))
    kinds = payload[11 : 11 + suites]
    return {
        "ssl2_suites": (".".join(sorted(kinds[n : n + 3].hex() for n in range(0, len(kinds), 3))),),
        "ssl2_challenge": (payload[11 + suites + session :].decode("latin-1"),),
    }


MATCHER = Matcher(
    name="tls",
    title="TLS",
    openings=(
        # A handshake record, any version, whose message is a client hello (1).
        opening(b"\x16\x03", (5, b"\x01")),
        # The same as a datagram, where only DTLS belongs.
        opening(b"\x16\x03", (5, b"\x01"), over=Transport.UDP),
        # A hello of SSL 2, of fewer than 256 bytes.
        opening(b"\x80", (2, b"\x01\x00\x02")),
    ),
    fields={
        "record_version": Field(
            Kind.NUMBER,
            "the record's version",
            at={Transport.TCP: 1, Transport.UDP: 1},
            size=2,
        ),
        "version": Field(Kind.NUMBER, "the hello's version"),
        "random": Field(Kind.BYTES, "the hello's random, with its time", encoding="latin-1"),
        # Most clients of today make up a session id of 32 bytes (RFC 8446, appendix D.4); the
        # hellos of nmap's library have none, so that the kernel need not let the others through.
        "session_id_size": Field(
            Kind.NUMBER,
            "bytes of the session id",
            at={Transport.TCP: 43, Transport.UDP: 43},
            size=1,
        ),
        "third_suites": Field(
            Kind.NUMBER,
            "the third and the fourth cipher suite behind a session id of 32 bytes",
            at={Transport.TCP: 82},
            size=4,
        ),
        "ciphers": Field(
            Kind.BYTES, "the cipher suites, two bytes each, in order", encoding="latin-1"
        ),
        "cipher_count": Field(
            Kind.TEXT, "how many they are; a text, so that a pattern can say how large"
        ),
        "extensions": Field(Kind.TEXT, "types of the extensions in order, with hyphens"),
        "groups": Field(Kind.BYTES, "supported groups, two bytes each", encoding="latin-1"),
        "alpn": Field(
            Kind.BYTES, "application protocols, each behind its length", encoding="latin-1"
        ),
        "versions": Field(Kind.BYTES, "supported versions, two bytes each", encoding="latin-1"),
        "ssl2_suites": Field(Kind.TEXT, "suites of an SSL 2 hello, sorted, in hexadecimal digits"),
        "ssl2_challenge": Field(Kind.TEXT, "challenge of an SSL 2 hello"),
        # What tshark makes of it where it takes a stream for TLS, which it does not on the home
        # ports of some other protocols; for signatures of your own.
        "ja3": Field(Kind.TEXT, "MD5 of the hello's shape (JA3)", tshark="tls.handshake.ja3"),
        "ja3_full": Field(Kind.TEXT, "the hello's shape", tshark="tls.handshake.ja3_full"),
    },
    read=_read,
)
