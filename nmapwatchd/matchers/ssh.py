"""SSH identification strings and key exchanges, on any port (RFC 4253 sections 4.2 and 7.1)."""

import hashlib

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import Fingerprint, InLine, LengthPrefixed
from nmapwatchd.core.observation import NO_FIELDS, Fields, Transport

# An identification string has at most 255 characters (RFC 4253 section 4.2).
MAXIMUM_VERSION = 255
# Its first bytes.
_IDENTIFICATION = b"SSH-"
# SSH_MSG_KEXINIT, after a packet's length (4 bytes) and its padding's length (1), and before the
# client's random cookie (16).
_KEXINIT = 20
_MESSAGE, _LISTS = 5, 22
# Bytes of a list's length.
_LENGTH = 4
# Name lists up to compression, from client to server; MAC and cipher have one per direction.
_NAMES = ("kex", "host_keys", "ciphers", "", "macs", "", "compression")


def _read(payload: bytes, _transport: Transport) -> Fields:
    if not payload.startswith(_IDENTIFICATION):
        return _key_exchange(payload)
    line, _, rest = payload[: MAXIMUM_VERSION + 2].partition(b"\n")
    version = line.removesuffix(b"\r").decode("latin-1")
    # Some clients send their lists in the same segment.
    return {"version": (version,), **(_key_exchange(payload[len(line) + 1 :]) if rest else {})}


def _key_exchange(packet: bytes) -> Fields:
    """Return the algorithm lists of a key exchange that the packet has in full."""
    if packet[_MESSAGE : _MESSAGE + 1] != bytes([_KEXINIT]):
        return NO_FIELDS
    found: dict[str, tuple[str, ...]] = {}
    at = _LISTS
    for name in _NAMES:
        start = at + _LENGTH
        length = int.from_bytes(packet[at:start])
        names = packet[start : start + length]
        if len(packet) < start or len(names) < length:
            return found
        if name:
            found[name] = (names.decode("latin-1"),)
        at = start + length
    lists = ";".join(found[name][0] for name in ("kex", "ciphers", "macs", "compression"))
    digest = hashlib.md5(lists.encode("latin-1"), usedforsecurity=False)
    found["hassh"] = (digest.hexdigest(),)
    return found


def _list(meaning: str) -> Field:
    return Field(Kind.TEXT, meaning, encoding="latin-1", placement=LengthPrefixed(_LENGTH))


MATCHER = Matcher(
    name="ssh",
    title="SSH",
    # A client's first packets: the identification string; a binary packet of less than 64 kB whose
    # message is SSH_MSG_KEXINIT (20).
    openings=(opening(_IDENTIFICATION), opening(b"\0\0", (_MESSAGE, bytes([_KEXINIT])))),
    transports=(Transport.TCP,),
    fields={
        "version": Field(
            Kind.TEXT,
            "the client's identification string",
            encoding="latin-1",
            placement=InLine("\\A", "\\r?$"),
            presence=(0, _IDENTIFICATION),
        ),
        "kex": _list("key exchange algorithms"),
        "host_keys": _list("host key algorithms"),
        "ciphers": _list("ciphers, client to server"),
        "macs": _list("MACs, client to server"),
        "compression": _list("compression, client to server"),
        # tshark decodes this on SSH's own port only.
        "hassh": Field(
            Kind.TEXT,
            "MD5 of the client's algorithm lists (HASSH)",
            placement=Fingerprint.HASSH,
        ),
    },
    read=_read,
)
