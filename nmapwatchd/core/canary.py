"""The canary: the sensor's own marked datagram, which proves the path from the wire."""

import re
import struct
from ipaddress import IPv4Address

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Matcher, opening
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence

# No other software sends this, and whoever captures it can look the program up.
PREFIX = b"nmapwatchd self-test "
# Addresses that are not in use (RFC 5737), and the port of the discard service (RFC 863).
SOURCE, _DESTINATION, _PORT = "192.0.2.1", "192.0.2.2", 9
# Hexadecimal digits of the token, which identifies one test, and of the time it was sent.
TOKEN, TIMESTAMP = 32, 16

_FORM = re.compile(re.escape(PREFIX) + rb"([0-9a-f]{%d}) ([0-9a-f]{%d})" % (TOKEN, TIMESTAMP))

_MATCHER = Matcher(
    name="canary",
    title="nmapwatchd's canary",
    openings=(opening(PREFIX[:8], over=Transport.UDP),),
    transports=(Transport.UDP,),
)
_SIGNATURE = Signature(
    id="canary.self-test",
    matcher=_MATCHER.name,
    title="A self-test of a sensor",
    match=Term("payload", Op.STARTS, (PREFIX.decode(),)),
    confidence=Confidence.WEAK,
    options=(),
    source="",
    examples=(),
    near_misses=(),
    tool="nmapwatchd",
)
# Compiled into the filters with the signatures, so that a canary takes the same path as a scan; the
# engine's catalogue does not contain it.
CATALOGUE = Catalogue.of([_MATCHER], [_SIGNATURE])


def packet(token: str, timestamp: int = 0) -> bytes:
    """
    Return a canary as an IPv4 packet, whose last `TIMESTAMP` bytes are the time it was sent.

    Args:
        token: `TOKEN` hexadecimal digits.
        timestamp: nanoseconds of the monotonic clock, which all processes of a machine share.
    """
    payload = PREFIX + f"{token} {timestamp:0{TIMESTAMP}x}".encode()
    # A checksum of 0 means none (RFC 768): the sender can still change the timestamp.
    datagram = struct.pack(">HHHH", _PORT, _PORT, 8 + len(payload), 0) + payload
    # A time to live of 1: no router forwards it.
    header = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(datagram), 0, 0x4000, 1, 17)
    addresses = IPv4Address(SOURCE).packed + IPv4Address(_DESTINATION).packed
    return header + struct.pack(">H", _checksum(header + addresses)) + addresses + datagram


def read(payload: bytes) -> tuple[str, int] | None:
    """Return the token and the timestamp of a canary, or None for any other payload."""
    found = _FORM.fullmatch(payload)
    return None if found is None else (found[1].decode(), int(found[2], 16))


def _checksum(header: bytes) -> int:
    """Return the checksum of an IPv4 header (RFC 1071)."""
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
