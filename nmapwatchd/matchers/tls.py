"""TLS and SSL 2 client hellos, on any port (RFC 8446 section 4.1.2, RFC 6101 appendix E)."""

import struct

from nmapwatchd.core.matching.matcher import BOTH, Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import (
    AtOffset,
    Fingerprint,
    LengthPrefixed,
    Placement,
    TlsExtension,
    Vector,
)
from nmapwatchd.core.observation import Fields, Transport

# A hello has about twenty extensions; nmap's have fewer than ten.
MAXIMUM_EXTENSIONS = 64
# The first byte of a handshake record, and of a hello of SSL 2 of fewer than 256 bytes.
_HANDSHAKE, _SSL2 = b"\x16", b"\x80"
# Offsets in the payload: the record's version; the hello, after the headers of record and
# handshake; its random, after a version of two bytes; the session id's length.
_RECORD_VERSION, _HELLO, _RANDOM, _SESSION = 1, 9, 11, 43
_RANDOM_SIZE = _SESSION - _RANDOM
# Bytes of the lengths of the session id and of the cipher suites.
_SESSION_LENGTH, _CIPHERS_LENGTH = 1, 2
# An extension's type, and the bytes of its content.
_EXTENSION = struct.Struct(">HH")
# Extensions that contain one list, preceded by its length: type, bytes of the length, field
# (IANA, TLS ExtensionType Values).
_LISTS = {10: (2, "groups"), 16: (2, "alpn"), 43: (1, "versions")}


def _vector(content: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Return the bytes after a length of `size` bytes, as far as present, and their end."""
    start = at + size
    end = start + int.from_bytes(content[at:start])
    return content[start:end], end


def _read(payload: bytes, _transport: Transport) -> Fields:
    if payload.startswith(_SSL2):
        return _read_ssl2(payload)
    if not payload.startswith(_HANDSHAKE):
        return {}
    _session, at = _vector(payload, _SESSION, _SESSION_LENGTH)
    ciphers, at = _vector(payload, at, _CIPHERS_LENGTH)
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
    """Parse a hello of SSL 2, whose suites are three bytes each."""
    suites, session = (int.from_bytes(payload[at : at + 2]) for at in (5, 7))
    kinds = payload[11 : 11 + suites]
    return {
        "ssl2_suites": (".".join(sorted(kinds[n : n + 3].hex() for n in range(0, len(kinds), 3))),),
        "ssl2_challenge": (payload[11 + suites + session :].decode("latin-1"),),
    }


def _bytes(meaning: str, placement: Placement) -> Field:
    return Field(
        Kind.BYTES, meaning, encoding="latin-1", placement=placement, presence=(0, _HANDSHAKE)
    )


_EXTENSIONS = {name: TlsExtension(kind, size) for kind, (size, name) in _LISTS.items()}

MATCHER = Matcher(
    name="tls",
    title="TLS",
    openings=(
        # A handshake record, any version, whose message is a client hello (1).
        opening(b"\x16\x03", (5, b"\x01")),
        # The same as a datagram, where only DTLS is valid.
        opening(b"\x16\x03", (5, b"\x01"), over=Transport.UDP),
        # A hello of SSL 2, of fewer than 256 bytes.
        opening(_SSL2, (2, b"\x01\x00\x02")),
    ),
    fields={
        "record_version": Field(
            Kind.NUMBER,
            "the record's version",
            at=dict.fromkeys(BOTH, _RECORD_VERSION),
            size=2,
        ),
        "version": Field(Kind.NUMBER, "the hello's version"),
        "random": _bytes("the hello's random, with its time", AtOffset(_RANDOM, _RANDOM_SIZE)),
        # Most clients of today make up a session id of 32 bytes (RFC 8446, appendix D.4); the
        # hellos of nmap's library have none, so that the kernel need not pass the others.
        "session_id_size": Field(
            Kind.NUMBER,
            "bytes of the session id",
            at=dict.fromkeys(BOTH, _SESSION),
            size=_SESSION_LENGTH,
        ),
        "third_suites": Field(
            Kind.NUMBER,
            "the third and the fourth cipher suite after a session id of 32 bytes",
            at={Transport.TCP: 82},
            size=4,
        ),
        "ciphers": _bytes(
            "the cipher suites, two bytes each, in order",
            LengthPrefixed(_CIPHERS_LENGTH, after=Vector(_SESSION, _SESSION_LENGTH)),
        ),
        "cipher_count": Field(
            Kind.TEXT, "the number of cipher suites; a text, so that a pattern can limit it"
        ),
        "extensions": Field(Kind.TEXT, "types of the extensions in order, separated by hyphens"),
        "groups": _bytes("supported groups, two bytes each", _EXTENSIONS["groups"]),
        "alpn": _bytes("application protocols, each preceded by its length", _EXTENSIONS["alpn"]),
        "versions": _bytes("supported versions, two bytes each", _EXTENSIONS["versions"]),
        "ssl2_suites": Field(Kind.TEXT, "suites of an SSL 2 hello, sorted, in hexadecimal digits"),
        "ssl2_challenge": Field(Kind.TEXT, "challenge of an SSL 2 hello"),
        # As tshark computes them if it recognises TLS, which it does not on the assigned ports of
        # some other protocols; for a site's own signatures.
        "ja3": Field(
            Kind.TEXT,
            "MD5 of the hello's shape (JA3)",
            tshark="tls.handshake.ja3",
            placement=Fingerprint.JA3,
        ),
        "ja3_full": Field(
            Kind.TEXT,
            "the hello's shape",
            tshark="tls.handshake.ja3_full",
            placement=Fingerprint.JA3_FULL,
        ),
    },
    read=_read,
)
