"""Decodes a line of tshark's fields to an observation."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from nmapwatchd.core.matcher import Kind
from nmapwatchd.core.observation import Observation, Transport, Values

# The fields of which every observation is made; a source comes first, so that a line whose sender
# is passed over is known by its first bytes.
COLUMNS = (
    "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "frame.time_epoch", "eth.src", "ieee8021ad.id",
    "vlan.id", "ip.id", "icmp.type", "icmp.ident", "icmp.checksum", "icmpv6.type",
    "icmpv6.echo.identifier", "icmpv6.checksum", "tcp.srcport", "tcp.dstport", "tcp.seq_raw",
    "tcp.checksum", "tcp.payload", "udp.srcport", "udp.dstport", "udp.checksum", "udp.payload",
    "sctp.srcport", "sctp.dstport", "sctp.checksum",
)  # fmt: skip
# What stands between two fields of a line, and between two values of a field; tshark escapes the
# first where a value holds it, and no text holds the second but a hostile one, which then reads as
# two values.
SEPARATOR, AGGREGATOR = "\t", "\x1f"

# Ports, payload and what else tells a frame from another, by what carries it. The first of which a
# field is there is the transport: what an ICMP error quotes is not its own.
_TELLING: tuple[tuple[Transport, str, tuple[str, ...]], ...] = (
    (Transport.ICMP, "icmp.type", ("icmp.ident", "icmp.checksum")),
    (Transport.ICMPV6, "icmpv6.type", ("icmpv6.echo.identifier", "icmpv6.checksum")),
    (Transport.TCP, "tcp.srcport", ("tcp.seq_raw", "tcp.checksum")),
    (Transport.UDP, "udp.srcport", ("udp.checksum",)),
    (Transport.SCTP, "sctp.srcport", ("sctp.checksum",)),
)
_PORTED = (Transport.TCP, Transport.UDP, Transport.SCTP)
_CARRYING = (Transport.TCP, Transport.UDP)


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
        self._wanted = wanted
        self.columns: tuple[str, ...] = tuple(dict.fromkeys((*COLUMNS, *wanted)))

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
            return self._observation(dict(zip(self.columns, values, strict=True)))
        except UndecodableError:
            raise
        except (ValueError, OverflowError) as error:
            raise UndecodableError(str(error)) from error

    def _observation(self, frame: Mapping[str, str]) -> Observation:
        source = frame["ip.src"] or frame["ipv6.src"]
        if not source or (frame["ip.src"] and frame["ipv6.src"]) or AGGREGATOR in source:
            raise UndecodableError("it has not one sender")
        transport, telling = _transport(frame)
        ports = (0, 0)
        payload = b""
        if transport in _PORTED:
            ports = int(frame[f"{transport}.srcport"]), int(frame[f"{transport}.dstport"])
        if transport in _CARRYING:
            payload = bytes.fromhex(frame[f"{transport}.payload"].replace(":", ""))
        destination = frame["ip.dst"] or frame["ipv6.dst"]
        identity = (source, destination, frame["ip.id"], *ports, *map(frame.get, telling), payload)
        return Observation(
            at=nanoseconds(frame["frame.time_epoch"]),
            interface=self._interface,
            source=source,
            destination=destination,
            source_port=ports[0],
            destination_port=ports[1],
            transport=transport,
            payload=payload,
            decoded={
                name: tuple(canonical(value, kind) for value in _listed(frame[name]))
                for name, kind in self._wanted.items()
                if frame[name]
            },
            mac=frame["eth.src"].partition(AGGREGATOR)[0],
            vlans=(*_listed(frame["ieee8021ad.id"]), *_listed(frame["vlan.id"])),
            frame=hash(identity),
        )


def sender_marks(sources: Sequence[str]) -> tuple[bytes, ...]:
    """Return how a line begins that one of these addresses sent."""
    return tuple(
        f"{SEPARATOR if ':' in source else ''}{source}{SEPARATOR}".encode() for source in sources
    )


def _transport(frame: Mapping[str, str]) -> tuple[Transport, tuple[str, ...]]:
    for transport, sign, telling in _TELLING:
        if frame[sign]:
            return transport, telling
    if not frame["ip.src"]:
        raise UndecodableError("it carries no transport that is read")
    return Transport.IP, ()


def _listed(text: str) -> Values:
    return tuple(text.split(AGGREGATOR)) if text else ()


def canonical(text: str, kind: Kind) -> str:
    """
    Return a value as signatures write it: decimal numbers, one character a byte, text.

    tshark 4.0 writes truth as 1, tshark 4.4 as True.
    """
    if kind is Kind.NUMBER:
        return str(int(text, 0)) if text not in ("True", "False") else str(int(text == "True"))
    if kind is Kind.BYTES:
        return bytes.fromhex(text.replace(":", "")).decode("latin-1")
    return text


def nanoseconds(text: str) -> int:
    """Read a packet time in seconds, or in the ISO 8601 that newer versions of tshark write."""
    if "T" in text:
        seconds, _, fraction = text.rstrip("Z").partition(".")
        whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    else:
        integer, _, fraction = text.partition(".")
        whole = int(integer)
    return whole * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
