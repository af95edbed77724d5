"""Decodes a line of tshark's EK output to an observation."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from nmapwatchd.core.matcher import Kind
from nmapwatchd.core.observation import Observation, Transport, Values


class UndecodableError(ValueError):
    """A frame that cannot be read as one observation; the message says why."""


Tree = dict[str, Any]

# The first that a frame has is its transport: what an ICMP error quotes is not its own, and IP
# is the transport only of what has no other.
_TRANSPORTS = (
    Transport.ICMP, Transport.ICMPV6, Transport.TCP, Transport.UDP, Transport.SCTP, Transport.IP,
)  # fmt: skip
_PORTED = (Transport.TCP, Transport.UDP, Transport.SCTP)


def decode(line: bytes, interface: str, wanted: Mapping[str, Kind]) -> Observation | None:
    """
    Return what a frame showed; None for the index lines between frames.

    Args:
        line: one line of `tshark -T ek`; bytes that are not UTF-8 are replaced.
        interface: where it was captured.
        wanted: tshark's names of the fields that signatures read, with their kind.

    Raises:
        UndecodableError: it is no frame, or its layers nest so that its sender is ambiguous.
    """
    if line.startswith(b'{"index"'):
        return None
    try:
        # tshark writes a field that repeats in nested trees as a repeated key.
        frame = json.loads(line.decode("utf-8", "replace"), object_pairs_hook=_merge)
        layers = frame["layers"]
        network = layers.get("ip") or layers.get("ipv6")
        family = "ip" if "ip" in layers else "ipv6"
        if isinstance(network, list) or ("ip" in layers and "ipv6" in layers):
            raise UndecodableError("it carries one IP packet in another")
        transport = next((t for t in _TRANSPORTS if t.value in layers), None)
        if transport is None:
            raise UndecodableError("it carries no transport that is read")
        segment = layers[transport.value]
        if isinstance(segment, list):
            raise UndecodableError("it carries one segment in another")
        prefix = f"{transport.value}_{transport.value}"
        ported = transport in _PORTED
        payload = b""
        if f"{prefix}_payload" in segment:
            payload = bytes.fromhex(_one(segment, f"{prefix}_payload").replace(":", ""))
        ethernet = layers.get("eth", {})
        source = _one(network, f"{family}_{family}_src")
        destination = _one(network, f"{family}_{family}_dst")
        return Observation(
            at=_nanoseconds(_one(layers["frame"], "frame_frame_time_epoch")),
            interface=interface,
            source=source,
            destination=destination,
            source_port=int(_one(segment, f"{prefix}_srcport")) if ported else 0,
            destination_port=int(_one(segment, f"{prefix}_dstport")) if ported else 0,
            transport=transport,
            payload=payload,
            decoded={name: _values(layers, name, kind) for name, kind in wanted.items()},
            mac=_first(ethernet, "eth_eth_src"),
            vlans=_vlans(layers),
            frame=hash(
                (
                    source,
                    destination,
                    _first(network, f"{family}_{family}_id"),
                    _first(segment, f"{prefix}_srcport"),
                    _first(segment, f"{prefix}_dstport"),
                    _first(segment, f"{prefix}_type"),
                    _first(segment, f"{prefix}_ident"),
                    _first(segment, "tcp_tcp_seq_raw"),
                    _first(segment, f"{prefix}_checksum"),
                    payload,
                )
            ),
        )
    except UndecodableError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UndecodableError(f"{type(error).__name__}: {error}") from error


def sender_mark(source: str) -> bytes:
    """Return what stands in a line of tshark's if this address sent the frame."""
    family = "ipv6" if ":" in source else "ip"
    return f'"{family}_{family}_src":"{source}"'.encode()


def _merge(pairs: Iterable[tuple[str, Any]]) -> Tree:
    """Return an object whose repeated keys hold lists."""
    tree: Tree = {}
    for key, value in pairs:
        if key in tree:
            before = tree[key] if isinstance(tree[key], list) else [tree[key]]
            tree[key] = before + (value if isinstance(value, list) else [value])
        else:
            tree[key] = value
    return tree


def _one(layer: Tree, key: str) -> str:
    """Return the only value of a field that every frame has once."""
    value = layer[key]
    if not isinstance(value, str):
        raise UndecodableError(f"{key} is not one value")
    return value


def _first(layer: Any, key: str) -> str:
    """Return the first value of a field, or '' where there is none."""
    for one in layer if isinstance(layer, list) else (layer,):
        value = one.get(key, "")
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str):
                return item
    return ""


def _vlans(layers: Tree) -> Values:
    """Return VLAN ids, outermost first: 802.1ad before 802.1Q."""
    return (
        *_values(layers, "ieee8021ad.id", Kind.NUMBER),
        *_values(layers, "vlan.id", Kind.NUMBER),
    )


def _values(layers: Tree, name: str, kind: Kind) -> Values:
    """Return every value of a field, whether its layer comes once or in a list."""
    protocol = name.partition(".")[0]
    layer = layers.get(protocol, ())
    key = f"{protocol}_{name.replace('.', '_')}"
    found: list[str] = []
    for one in layer if isinstance(layer, list) else (layer,):
        value = one.get(key) if isinstance(one, dict) else None
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, bool):
                found.append(str(int(item)))
            elif isinstance(item, str):
                found.append(_canonical(item, kind))
    return tuple(found)


def _canonical(text: str, kind: Kind) -> str:
    """Return a value as signatures write it: decimal numbers, one character a byte, text."""
    if kind is Kind.NUMBER:
        return str(int(text, 0))
    if kind is Kind.BYTES:
        return bytes.fromhex(text.replace(":", "")).decode("latin-1")
    return text


def _nanoseconds(text: str) -> int:
    """Read a packet time as tshark 4.0 (`1795348159.426403297`) or 4.4 (ISO 8601) writes it."""
    if "T" in text:
        seconds, _, fraction = text.rstrip("Z").partition(".")
        whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    else:
        integer, _, fraction = text.partition(".")
        whole = int(integer)
    return whole * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
