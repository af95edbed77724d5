"""Decodes a line of tshark's fields to an observation."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Fields, Observation, Transport, Values

# The fields of which every observation is made; a source comes first, so that a line whose sender
# is passed over is known by its first bytes.
COLUMNS = (
    "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "frame.time_epoch", "eth.src", "ieee8021ad.id",
    "vlan.id", "ip.id", "icmp.type", "icmp.ident", "icmp.checksum", "icmpv6.type",
    "icmpv6.echo.identifier", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.payload",
    "udp.srcport", "udp.dstport", "udp.payload", "sctp.srcport", "sctp.dstport", "sctp.checksum",
    "icmpv6.checksum", "tcp.checksum", "udp.checksum",
)  # fmt: skip
# What stands between two fields of a line, and between two values of a field; tshark escapes the
# first where a value holds it, and no text holds the second but a hostile one, which then reads as
# two values.
SEPARATOR, AGGREGATOR = "\t", "\x1f"

# Where each of them stands in a line.
_AT = {name: place for place, name in enumerate(COLUMNS)}
# What tells what carries the payload: the first of which a field is there is it, for what an ICMP
# error evidence is not its own.
_TELLING: tuple[tuple[Transport, int], ...] = (
    (Transport.ICMP, _AT["icmp.type"]),
    (Transport.ICMPV6, _AT["icmpv6.type"]),
    (Transport.TCP, _AT["tcp.srcport"]),
    (Transport.UDP, _AT["udp.srcport"]),
    (Transport.SCTP, _AT["sctp.srcport"]),
)
# Ports, by what carries the payload.
_PORTS = {
    over: (_AT[f"{over}.srcport"], _AT[f"{over}.dstport"])
    for over in (Transport.TCP, Transport.UDP, Transport.SCTP)
}
_PAYLOADS = {over: _AT[f"{over}.payload"] for over in (Transport.TCP, Transport.UDP)}
_SOURCE, _SOURCE_6 = _AT["ip.src"], _AT["ipv6.src"]
_DESTINATION, _DESTINATION_6 = _AT["ip.dst"], _AT["ipv6.dst"]
_TIME, _MAC = _AT["frame.time_epoch"], _AT["eth.src"]
_OUTER_VLANS, _VLANS = _AT["ieee8021ad.id"], _AT["vlan.id"]
# From here on to the end, what tells a frame from any other beside addresses: a router changes
# none of it. The last are checksums over the addresses as well, which change with who sent it.
_IDENTITY, _SUMS = _AT["ip.id"], _AT["icmpv6.checksum"]
# Numbers of which the canonical form is remembered, least used first forgotten: what tshark writes
# in hexadecimal, flags and the like, is mostly the same, and as short as a header's field.
_REMEMBERED = 4_096
_TRUTH: Mapping[str, Values] = {"True": ("1",), "False": ("0",)}


class UndecodableError(ValueError):
    """A frame that cannot be read as one observation; the message says why."""


class Decoder:
    """
    Reads lines of one interface.

    Args:
        interface: where the frames were captured.
        wanted: tshark's names of the fields that signatures read, with their kind.
    """

    def __init__(self, interface: str, wanted: Mapping[str, Kind]) -> None:
        self._interface = interface
        self.columns: tuple[str, ...] = tuple(dict.fromkeys((*COLUMNS, *wanted)))
        places = [(self.columns.index(name), name, kind) for name, kind in wanted.items()]
        self._numbers = [(place, name) for place, name, kind in places if kind is Kind.NUMBER]
        self._others = [
            (place, name, _bytes if kind is Kind.BYTES else _listed)
            for place, name, kind in places
            if kind is not Kind.NUMBER
        ]

    def decode(self, line: bytes) -> Observation:
        """
        Return what a frame showed; bytes that are not UTF-8 are replaced.

        Raises:
            UndecodableError: it is no frame, or its layers nest so that its sender is ambiguous.
        """
        values = line.decode("utf-8", "replace").split(SEPARATOR)
        if len(values) != len(self.columns):
            raise UndecodableError(f"{len(values)} fields instead of {len(self.columns)}")
        try:
            return self._observation(values)
        except UndecodableError:
            raise
        except (ValueError, OverflowError) as error:
            raise UndecodableError(str(error)) from error

    def _observation(self, values: Sequence[str]) -> Observation:
        source = values[_SOURCE] or values[_SOURCE_6]
        if not source or (values[_SOURCE] and values[_SOURCE_6]) or AGGREGATOR in source:
            raise UndecodableError("it has not one sender")
        transport = _transport(values)
        source_port = destination_port = 0
        if transport in _PORTS:
            sent_from, sent_to = _PORTS[transport]
            source_port, destination_port = int(values[sent_from]), int(values[sent_to])
        payload = b""
        if transport in _PAYLOADS:
            payload = bytes.fromhex(values[_PAYLOADS[transport]].replace(":", ""))
        destination = values[_DESTINATION] or values[_DESTINATION_6]
        content_hash = hash((destination, *values[_IDENTITY:_SUMS]))
        return Observation(
            at=nanoseconds(values[_TIME]),
            interface=self._interface,
            source=source,
            destination=destination,
            source_port=source_port,
            destination_port=destination_port,
            transport=transport,
            payload=payload,
            decoded=self._decoded(values),
            mac=values[_MAC].partition(AGGREGATOR)[0],
            vlans=(*_listed(values[_OUTER_VLANS]), *_listed(values[_VLANS])),
            frame_hash=hash((source, content_hash, *values[_SUMS : len(COLUMNS)])),
            content_hash=content_hash,
        )

    def _decoded(self, values: Sequence[str]) -> Fields:
        """Return the fields that are there, as signatures write them."""
        # Most numbers are written so already, and a packet has a dozen.
        decoded: dict[str, Values] = {
            name: (text,) if text.isdecimal() else _numbers(text)
            for place, name in self._numbers
            if (text := values[place])
        }
        for place, name, canonical in self._others:
            if values[place]:
                decoded[name] = canonical(values[place])
        return decoded


def source_prefixes(sources: Sequence[str]) -> tuple[bytes, ...]:
    """Return how a line begins that one of these addresses sent."""
    return tuple(
        f"{SEPARATOR if ':' in source else ''}{source}{SEPARATOR}".encode() for source in sources
    )


def _transport(values: Sequence[str]) -> Transport:
    for transport, sign in _TELLING:
        if values[sign]:
            return transport
    if not values[_SOURCE]:
        raise UndecodableError("it carries no transport that is read")
    return Transport.IP


def _listed(text: str) -> Values:
    return tuple(text.split(AGGREGATOR)) if text else ()


@lru_cache(_REMEMBERED)
def _numbers(text: str) -> Values:
    """Return numbers in decimal; tshark 4.0 writes truth as 1, tshark 4.4 as True."""
    if text in _TRUTH:
        return _TRUTH[text]
    if AGGREGATOR in text:
        return tuple(number for value in _listed(text) for number in _numbers(value))
    return (str(int(text, 0)),)


def _bytes(text: str) -> Values:
    """Return one character a byte."""
    return tuple(bytes.fromhex(value).decode("latin-1") for value in _listed(text.replace(":", "")))


def nanoseconds(text: str) -> int:
    """Read a packet time in seconds, or in the ISO 8601 that newer versions of tshark write."""
    if "T" in text:
        seconds, _, fraction = text.rstrip("Z").partition(".")
        whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    else:
        integer, _, fraction = text.partition(".")
        whole = int(integer)
    return whole * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
