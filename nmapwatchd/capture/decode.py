"""Decode a line of tshark's fields to an observation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Fields, Observation, Transport, Values
from nmapwatchd.core.units import SECOND

# The fields of every observation; the source comes first, so that a line of a source that is shed
# is recognised by its first bytes.
COLUMNS = (
    "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "frame.time_epoch", "eth.src", "ieee8021ad.id",
    "vlan.id", "ip.id", "icmp.type", "icmp.ident", "icmp.checksum", "icmpv6.type",
    "icmpv6.echo.identifier", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.payload",
    "udp.srcport", "udp.dstport", "udp.payload", "sctp.srcport", "sctp.dstport", "sctp.checksum",
    "icmpv6.checksum", "tcp.checksum", "udp.checksum", "frame.protocols",
)  # fmt: skip
# Between two fields of a line, and between two values of a field; tshark escapes the first in a
# value, and only hostile text contains the second, and then reads as two values.
SEPARATOR, AGGREGATOR = "\t", "\x1f"

# The column of each field.
_COLUMN = {name: column for column, name in enumerate(COLUMNS)}
# The column that shows a transport: the first that is not empty decides, because an ICMP error
# quotes the ports of another packet.
_TRANSPORT_COLUMNS: tuple[tuple[Transport, int], ...] = (
    (Transport.ICMP, _COLUMN["icmp.type"]),
    (Transport.ICMPV6, _COLUMN["icmpv6.type"]),
    (Transport.TCP, _COLUMN["tcp.srcport"]),
    (Transport.UDP, _COLUMN["udp.srcport"]),
    (Transport.SCTP, _COLUMN["sctp.srcport"]),
)
# Columns of the ports, by transport.
_PORTS = {
    over: (_COLUMN[f"{over}.srcport"], _COLUMN[f"{over}.dstport"])
    for over in (Transport.TCP, Transport.UDP, Transport.SCTP)
}
_PAYLOADS = {over: _COLUMN[f"{over}.payload"] for over in (Transport.TCP, Transport.UDP)}
_SOURCE, _SOURCE_6 = _COLUMN["ip.src"], _COLUMN["ipv6.src"]
_DESTINATION, _DESTINATION_6 = _COLUMN["ip.dst"], _COLUMN["ipv6.dst"]
_TIME, _MAC = _COLUMN["frame.time_epoch"], _COLUMN["eth.src"]
_OUTER_VLANS, _VLANS = _COLUMN["ieee8021ad.id"], _COLUMN["vlan.id"]
# From here on to the end, what distinguishes a frame from others beside its addresses: a router
# changes none of it. The last are checksums that cover the addresses, and so depend on the source.
_IDENTITY, _SUMS = _COLUMN["ip.id"], _COLUMN["icmpv6.checksum"]
_PROTOCOLS = _COLUMN["frame.protocols"]
# Numbers whose decimal form is cached (LRU): what tshark writes in hexadecimal, such as flags, is
# mostly the same, and as short as a header's field.
_MAXIMUM_CACHED = 4_096
# Layers of addresses, of messages that quote a packet, and of the link.
_NETWORKS = {"ip": (_SOURCE, _DESTINATION), "ipv6": (_SOURCE_6, _DESTINATION_6)}
_ERRORS = frozenset({"icmp", "icmpv6"})
_LINK_LAYERS = ("eth", "vlan", "ieee8021ad")
# Sequences of layers whose columns are cached (LRU): a network has a few.
_MAXIMUM_LAYOUTS = 256
_BOOLEANS: Mapping[str, Values] = {"True": ("1",), "False": ("0",)}


class UndecodableError(ValueError):
    """A line cannot be decoded as one observation; the message says why."""


class Decoder:
    """
    Decodes lines of one interface.

    Args:
        interface: the interface or capture file of the frames.
        fields: tshark's names of the fields that signatures read, with their kind.
    """

    def __init__(self, interface: str, fields: Mapping[str, Kind]) -> None:
        self._interface = interface
        self.columns: tuple[str, ...] = tuple(dict.fromkeys((*COLUMNS, *fields)))
        located = [(self.columns.index(name), name, kind) for name, kind in fields.items()]
        self._numbers = [(column, name) for column, name, kind in located if kind is Kind.NUMBER]
        self._others = [
            (column, name, _bytes if kind is Kind.BYTES else _listed)
            for column, name, kind in located
            if kind is not Kind.NUMBER
        ]
        self._layers = tuple(name.partition(".")[0] for name in self.columns)

    def decode(self, line: bytes) -> Observation:
        """
        Return the observation of a frame; bytes that are not UTF-8 are replaced.

        Args:
            line: one of tshark's, without its end.

        Raises:
            UndecodableError: it is not a frame, or its layers are nested such that its source is
                ambiguous, as in an ICMP error, which quotes another packet.
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
        outer: Values = ()
        source = values[_SOURCE] or values[_SOURCE_6]
        if (values[_SOURCE] and values[_SOURCE_6]) or AGGREGATOR in source:
            values, outer = unwrapped(values, self._layers)
            source = values[_SOURCE] or values[_SOURCE_6]
        if not source:
            raise UndecodableError("no source address")
        transport = _transport(values)
        source_port = destination_port = 0
        if transport in _PORTS:
            source_column, destination_column = _PORTS[transport]
            source_port = int(values[source_column])
            destination_port = int(values[destination_column])
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
            frame_hash=hash((source, content_hash, *values[_SUMS:_PROTOCOLS])),
            content_hash=content_hash,
            outer=outer,
        )

    def _decoded(self, values: Sequence[str]) -> Fields:
        """Return the fields that are present, in the form of signatures."""
        # Most numbers are decimal already, and a packet has a dozen.
        decoded: dict[str, Values] = {
            name: (text,) if text.isdecimal() else _numbers(text)
            for column, name in self._numbers
            if (text := values[column])
        }
        for column, name, split in self._others:
            if values[column]:
                decoded[name] = split(values[column])
        return decoded


def source_prefixes(sources: Sequence[str]) -> tuple[bytes, ...]:
    """Return the prefixes of the lines of frames from these addresses, not wrapped in others."""
    return tuple(
        f"{SEPARATOR}{source}{SEPARATOR}".encode()
        if ":" in source
        else f"{source}{SEPARATOR}{SEPARATOR}".encode()
        for source in sources
    )


def unwrapped(values: Sequence[str], layers: tuple[str, ...]) -> tuple[list[str], Values]:
    """
    Return the values of the innermost packet alone, and the tunnels around it.

    Args:
        values: of each column, those of all layers, outermost first.
        layers: the protocol of each column.

    Returns:
        The values, and `source>destination` of each tunnel, outermost first.

    Raises:
        UndecodableError: the innermost packet is quoted by an ICMP error, or an address is missing.
    """
    networks, narrowed = _layout(values[_PROTOCOLS], layers)
    pairs = {
        name: zip(_listed(values[source]), _listed(values[destination]), strict=True)
        for name, (source, destination) in _NETWORKS.items()
    }
    ends = [pair for name in networks for pair in islice(pairs[name], 1)]
    if len(ends) != len(networks) or any(next(rest, None) for rest in pairs.values()):
        raise UndecodableError("not one source address in each layer")
    inner = list(values)
    for column, total, kept in narrowed:
        if inner[column]:
            inner[column] = _last(inner[column], total, kept)
    return inner, tuple(f"{source}>{destination}" for source, destination in ends[:-1])


@lru_cache(_MAXIMUM_LAYOUTS)
def _layout(
    protocols: str, layers: tuple[str, ...]
) -> tuple[Values, tuple[tuple[int, int, int], ...]]:
    """
    Return the IP layers of a frame, and the columns that have values of other layers as well.

    Args:
        protocols: `frame.protocols`.
        layers: the protocol of each column.

    Returns:
        The layers, outermost first; and of each column its number, the number of layers of its
            protocol, and how many of these belong to the innermost packet.

    Raises:
        UndecodableError: the innermost packet is quoted by an ICMP error.
    """
    names = protocols.split(":")
    networks = [place for place, name in enumerate(names) if name in _NETWORKS]
    if not networks or not _ERRORS.isdisjoint(names[: networks[-1]]):
        raise UndecodableError("an ICMP message that quotes a packet")
    total = Counter(names)
    # The link's header belongs to the innermost packet if no other IP is between them.
    link_start = networks[-2] + 1 if len(networks) > 1 else 0
    kept = Counter(names[networks[-1] :])
    kept.update({name: names[link_start : networks[-1]].count(name) for name in _LINK_LAYERS})
    narrowed = tuple(
        (column, total[layer], kept[layer])
        for column, layer in enumerate(layers)
        if layer != "frame" and total[layer] != kept[layer]
    )
    return tuple(names[place] for place in networks), narrowed


def _last(text: str, total: int, kept: int) -> str:
    """Return the values of the last layers, if each has one; '' if some have none."""
    values = text.split(AGGREGATOR)
    return AGGREGATOR.join(values[total - kept :]) if len(values) == total else ""


def _transport(values: Sequence[str]) -> Transport:
    for transport, column in _TRANSPORT_COLUMNS:
        if values[column]:
            return transport
    if not values[_SOURCE]:
        raise UndecodableError("no supported transport")
    return Transport.IP


def _listed(text: str) -> Values:
    return tuple(text.split(AGGREGATOR)) if text else ()


@lru_cache(_MAXIMUM_CACHED)
def _numbers(text: str) -> Values:
    """Return numbers in decimal; tshark 4.0 writes a boolean as 1, tshark 4.4 as True."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if AGGREGATOR in text:
        return tuple(number for value in _listed(text) for number in _numbers(value))
    return (str(int(text, 0)),)


def _bytes(text: str) -> Values:
    """Return values with one character per byte."""
    return tuple(bytes.fromhex(value).decode("latin-1") for value in _listed(text.replace(":", "")))


def nanoseconds(text: str) -> int:
    """Parse a packet time in seconds, or in the ISO 8601 that newer versions of tshark write."""
    if "T" in text:
        seconds, _, fraction = text.rstrip("Z").partition(".")
        whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    else:
        integer, _, fraction = text.partition(".")
        whole = int(integer)
    return whole * SECOND + int(fraction[:9].ljust(9, "0"))
