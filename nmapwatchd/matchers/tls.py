"""TLS and SSL 2 client hellos, on any port (RFC 8446 section 4.1.2, RFC 6101 appendix E)."""

from nmapwatchd.core.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

# A hello has about twenty extensions; nmap's have fewer than ten.
MAXIMUM_EXTENSIONS = 64
# Where the hello begins, behind the headers of record and handshake.
_HELLO = 9
# Extensions that hold one list behind its length: type, bytes of the length, our name for it
# (IANA, TLS ExtensionType Values).
_LISTS = {10: (2, "groups"), 16: (2, "alpn"), 43: (1, "versions")}


class _Reader:
    """Reads one thing after the other, as far as there is something."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content, self._at = content, at

    def __bool__(self) -> bool:
        return self._at < len(self._content)

    def take(self, length: int) -> bytes:
        """Return the next bytes."""
        start, self._at = self._at, self._at + length
        return self._content[start : self._at]

    def vector(self, size: int) -> bytes:
        """Return what stands behind its own length of so many bytes."""
        return self.take(int.from_bytes(self.take(size)))


def _read(payload: bytes, _transport: Transport) -> Fields:
    if payload.startswith(b"\x80"):
        return _read_ssl2(payload)
    if not payload.startswith(b"\x16"):
        return {}
    hello = _Reader(payload, _HELLO)
    version, random, _session = hello.take(2), hello.take(32), hello.vector(1)
    ciphers, _compressions = hello.vector(2), hello.vector(1)
    fields = {
        "version": str(int.from_bytes(version)),
        "random": random.decode("latin-1"),
        "ciphers": ciphers.decode("latin-1"),
        "cipher_count": str(len(ciphers) // 2),
    }
    extensions = _Reader(hello.vector(2), 0)
    types: list[str] = []
    while extensions and len(types) < MAXIMUM_EXTENSIONS:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        types.append(str(kind))
        if kind in _LISTS:
            size, name = _LISTS[kind]
            fields[name] = _Reader(content, 0).vector(size).decode("latin-1")
    return {name: (value,) for name, value in fields.items()} | {"extensions": ("-".join(types),)}


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
