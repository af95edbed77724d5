"""TLS client hellos, on any port (RFC 8446 section 4.1.2)."""

from nmapwatchd.core.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Transport

MATCHER = Matcher(
    name="tls",
    title="TLS",
    # A handshake record, any version, whose message is a client hello (1).
    openings=(opening(b"\x16\x03", (5, b"\x01")),),
    transports=(Transport.TCP,),
    fields={
        "random": Field(Kind.BYTES, "the hello's random", tshark="tls.handshake.random"),
        "ja3": Field(Kind.TEXT, "MD5 of the hello's shape (JA3)", tshark="tls.handshake.ja3"),
        "ja3_full": Field(Kind.TEXT, "the hello's shape", tshark="tls.handshake.ja3_full"),
        "alpn": Field(
            Kind.TEXT, "application protocols", tshark="tls.handshake.extensions_alpn_str"
        ),
    },
)
