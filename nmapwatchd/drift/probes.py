"""Parse nmap's probe files: `nmap-service-probes`, and `nmap-payloads` of nmap until 7.93."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nmapwatchd.core.observation import Transport

_PROBE = re.compile(rb"^Probe\s+(TCP|UDP)\s+(\S{1,200})\s+q(.)(.*)$", re.MULTILINE)
# The escapes of C that nmap reads (utils.cc, cstring_unescape), and those of its payload file.
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([0abfnrtv\\\"]))")
_LETTERS = {b"0": b"\0", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r",
            b"t": b"\t", b"v": b"\v", b"\\": b"\\", b'"': b'"'}  # fmt: skip
_PAYLOAD = re.compile(rb"^udp\s+([0-9,\s-]{1,1000})", re.MULTILINE)
_STRING = re.compile(rb'\s*+(?:#[^\n]*+\n\s*+)*+"((?:\\.|[^"\\\n])*+)"')


@dataclass(frozen=True, slots=True)
class Probe:
    """Bytes that nmap sends to identify a service."""

    transport: Transport
    name: str
    payload: bytes


def read_service_probes(text: bytes) -> Iterator[Probe]:
    """Yield the probes of `nmap-service-probes`; other lines are ignored."""
    for kind, name, delimiter, rest in _PROBE.findall(text.replace(b"\r\n", b"\n")):
        transport = Transport.TCP if kind == b"TCP" else Transport.UDP
        payload, end, _ = rest.partition(delimiter)
        if end:
            yield Probe(transport, name.decode("latin-1"), unescape(payload))


def read_payloads(text: bytes) -> Iterator[Probe]:
    """Yield the payloads of `nmap-payloads`, named by their destination ports."""
    text = text.replace(b"\r\n", b"\n")
    for head in _PAYLOAD.finditer(text):
        pieces = []
        at = head.end()
        while (piece := _STRING.match(text, at)) is not None:
            pieces.append(unescape(piece[1]))
            at = piece.end()
        ports = b"".join(head[1].split()).decode()
        if pieces:
            yield Probe(Transport.UDP, f"udp {ports}", b"".join(pieces))


def unescape(text: bytes) -> bytes:
    r"""Return the bytes of a C string; an unknown escape stays as it is."""

    def replace(found: re.Match[bytes]) -> bytes:
        hexadecimal, letter = found.groups()
        if hexadecimal:
            return bytes.fromhex(hexadecimal.decode())
        return _LETTERS[letter]

    return _ESCAPE.sub(replace, text)
