"""A doubt is why the source of a scan may not be who scans."""

import re
from enum import StrEnum

from nmapwatchd.core.observation import Observation, Transport

# Request line and headers of HTTP as a proxy passes them on: RFC 9110, 7.6.3 (Via), RFC 7239
# (Forwarded), and what came before that. SIP has a Via of its own, which says nothing.
_FORWARDED = re.compile(
    rb"[A-Z]+ [^\r\n]* HTTP/1\.[01]\r?\n(?:[^\r\n]+\r?\n)*?"
    rb"(?:Via|Forwarded|X-Forwarded-For|X-Real-IP)[ \t]*:",
    re.IGNORECASE,
)


class Caveat(StrEnum):
    """Part of the alert contract, never renamed."""

    SPOOFABLE = "spoofable"  # nothing of it needed an answer, so that any address could be on it
    PROXIED = "proxied"  # a request says that it was passed on


def implies_handshake(seen: Observation) -> bool:
    """Tell whether who sent this must have had answers, as one who opens a TCP connection does."""
    return seen.transport is Transport.TCP and bool(seen.payload)


def is_proxied(seen: Observation) -> bool:
    """Tell whether a request says that somebody passed it on."""
    return seen.transport is Transport.TCP and _FORWARDED.match(seen.payload) is not None
