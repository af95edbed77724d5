"""Caveats: reasons why the source of a scan may not be the scanner."""

import re
from enum import StrEnum

from nmapwatchd.core.observation import Observation, Transport

# The request line and headers of HTTP that a proxy forwarded: RFC 9110, 7.6.3 (Via), RFC 7239
# (Forwarded), and the headers before it. SIP has a Via of its own, which every client sends.
_FORWARDED = re.compile(
    rb"[A-Z]+ [^\r\n]* HTTP/1\.[01]\r?\n(?:[^\r\n]+\r?\n)*?"
    rb"(?:Via|Forwarded|X-Forwarded-For|X-Real-IP)[ \t]*:",
    re.IGNORECASE,
)


class Caveat(StrEnum):
    """Part of the alert contract, never renamed."""

    SPOOFABLE = "spoofable"  # no packet needed a reply, so the source address may be anyone's
    PROXIED = "proxied"  # a request was forwarded, so the source may be a proxy
    SHARED_PROBES = "shared_probes"  # tools that include nmap's probes send all that was sighted
    TUNNELLED = "tunnelled"  # all was in a tunnel, whose sender may have invented it
    RELAYABLE = "relayable"  # the bytes may be content of a third party: an upload, a stored value


def implies_handshake(seen: Observation) -> bool:
    """Return whether sending this implies a TCP handshake, hence replies to the source."""
    return seen.transport is Transport.TCP and bool(seen.payload)


def is_proxied(seen: Observation) -> bool:
    """Return whether this is an HTTP request that a proxy forwarded."""
    return seen.transport is Transport.TCP and _FORWARDED.match(seen.payload) is not None
