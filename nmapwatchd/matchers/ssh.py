"""SSH identification strings and key exchanges, on any port (RFC 4253 sections 4.2 and 7.1)."""

import hashlib

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import NO_FIELDS, Fields, Transport

# An identification string has at most 255 characters (RFC 4253 section 4.2).
MAXIMUM_VERSION = 255
# SSH_MSG_KEXINIT, behind a packet's length (4 bytes) and its padding's length (1), and before the
# client's random cookie (16).
_KEXINIT = 20
_MESSAGE, _LISTS = 5, 22
# Name lists up to compression, from client to server; MAC and cipher come once a direction.
_NAMES = ("kex", "host_keys", "ciphers", "", "macs", "", "compression")


def _read(payload: bytes, _transport: Transport) -> Fields:
    if not payload.startswith(b"SSH-"):
        return _key_exchange(payload)
    line, _, rest = payload[: MAXIMUM_VERSION + 2].partition(b"\n")
    version = line.removesuffix(b"\r").decode("latin-1")
    # A client that is in a hurry sends its lists in the same segment.
    return {"version": (version,), **(_key_exchange(payload[len(line) + 1 :]) if rest else {})}


def _key_exchange(packet: bytes) -> Fields:
    """Return the algorithm lists of a key exchange; nothing of a list that the packet cuts off."""
    if packet[_MESSAGE : _MESSAGE + 1] != bytes([_KEXINIT]):
        return NO_FIELDS
    found: dict[str, tuple[str, ...]] = {}
    at = _LISTS
    for name in _NAMES:
        length = int.from_bytes(packet[at : at + 4])
        names = packet[at + 4 : at + 4 + length]
        if len(packet) < at + 4 or len(names) < length:
            return found
        if name:
            found[name] = (names.decode("latin-1"),)
        at += 4 + length
    lists = ";".join(found[name][0] for name in ("kex", "ciphers", "macs", "compression"))
    digest = hashlib.md5(lists.encode("latin-1"), usedforsecurity=False)
    found["hassh"] = (digest.hexdigest(),)
    return found


MATCHER = Matcher(
    name="ssh",
    title="SSH",
    # Both begin a client's first packets: the identification string; a binary packet whose
    # message is SSH_MSG_KEXINIT (20), of less than 64 kB.
    openings=(opening(b"SSH-"), opening(b"\0\0", (5, b"\x14"))),
    transports=(Transport.TCP,),
    fields={
        "version": Field(Kind.TEXT, "the client's identification string", encoding="latin-1"),
        "kex": Field(Kind.TEXT, "key exchange algorithms", encoding="latin-1"),
        "host_keys": Field(Kind.TEXT, "host key algorithms", encoding="latin-1"),
        "ciphers": Field(Kind.TEXT, "ciphers, client to server", encoding="latin-1"),
        "macs": Field(Kind.TEXT, "MACs, client to server", encoding="latin-1"),
        "compression": Field(Kind.TEXT, "compression, client to server", encoding="latin-1"),
        # tshark decodes this on SSH's own port alone.
        "hassh": Field(Kind.TEXT, "MD5 of the client's algorithm lists (HASSH)"),
    },
    read=_read,
)
