"""A canary is a datagram of our own: where it arrives, the way from the wire is open."""

import re
import struct
from ipaddress import IPv4Address

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Matcher, opening
from nmapwatchd.core.matching.signature import Confidence, Signature
from nmapwatchd.core.observation import Transport

# How it begins; no other software sends this, and whoever finds it on the wire can look us up.
PREFIX = b"nmapwatchd self-test "
# Addresses that are nobody's (RFC 5737), and the port of the service that reads and says nothing
# (RFC 863).
SOURCE, _DESTINATION, _PORT = "192.0.2.1", "192.0.2.2", 9
# Characters of the token, which tells one test from another, and of the moment it was sent.
TOKEN, MOMENT = 32, 16

_FORM = re.compile(re.escape(PREFIX) + rb"([0-9a-f]{%d}) ([0-9a-f]{%d})" % (TOKEN, MOMENT))

_MATCHER = Matcher(
    name="canary",
    title="Our own canary",
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
# Compiled into the filters with the signatures, so that a canary travels as they do; nobody is told
# of it as of a scan.
CATALOGUE = Catalogue.of([_MATCHER], [_SIGNATURE])


def packet(token: str, moment: int = 0) -> bytes:
    """
    Return a canary as an IPv4 packet, whose last `MOMENT` bytes are the moment.

    Args:
        token: `TOKEN` hexadecimal digits.
        moment: nanoseconds of the clock that is never set; of every process of this machine.
    """
    payload = PREFIX + f"{token} {moment:0{MOMENT}x}".encode()
    # A checksum of 0 is none (RFC 768), so that the moment can be written in afterwards.
    datagram = struct.pack(">HHHH", _PORT, _PORT, 8 + len(payload), 0) + payload
    # A time to live of 1: no router hands it on.
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(datagram), 0, 0x4000, 1, 17)
    ends = IPv4Address(SOURCE).packed + IPv4Address(_DESTINATION).packed
    return head + struct.pack(">H", _checksum(head + ends)) + ends + datagram


def read(payload: bytes) -> tuple[str, int] | None:
    """Return the token and the moment of a canary, or None of anything else."""
    found = _FORM.fullmatch(payload)
    return None if found is None else (found[1].decode(), int(found[2], 16))


def _checksum(header: bytes) -> int:
    """Return the checksum of an IPv4 header (RFC 1071)."""
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
