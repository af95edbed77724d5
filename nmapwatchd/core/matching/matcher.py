"""A matcher knows one protocol: how its messages start, and the fields in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from nmapwatchd.core.matching.placement import Placement
from nmapwatchd.core.observation import NO_FIELDS, Fields, Observation, Transport

BOTH = (Transport.TCP, Transport.UDP)


class Kind(StrEnum):
    """What a field's values are."""

    TEXT = "text"
    NUMBER = "number"  # decimal, without sign
    BYTES = "bytes"  # one character a byte, U+0000 to U+00FF


class Base(StrEnum):
    """The position from which a fixed offset is counted."""

    PAYLOAD = "payload"
    HEADER = "header"  # the transport's own
    IPV4 = "ip"
    IPV6 = "ip6"


@dataclass(frozen=True, slots=True)
class Field:
    """
    A field that a signature can test.

    Its origin decides which filters can test it: tshark, the kernel, or only the matcher.

    Args:
        kind: the kind of its values.
        meaning: one phrase for the reference.
        tshark: tshark's name of the field, if tshark decodes it; otherwise empty.
        at: its offset in bytes, by transport: of a number in the payload or, for a field that
            tshark decodes, of its position in a header, for the kernel filter.
        base: the position from which the offset is counted.
        size: its bytes: 1, 2 or 4; 0 for bytes of any length.
        mask: the bits that belong to the field; 0 for all.
        shift: the bits by which the value is further left in the packet than in tshark's output.
        order: its byte order.
        encoding: the encoding in which a value that the matcher reads occurs literally in the
            payload; empty if it does not.
        placement: where the value is located, if exports need more than `at` to express it.
        presence: bytes, with their offset, of every message that has the field.
    """

    kind: Kind
    meaning: str
    tshark: str = ""
    at: Mapping[Transport, int] | None = None
    base: Base = Base.PAYLOAD
    size: int = 0
    mask: int = 0
    shift: int = 0
    order: Literal["big", "little"] = "big"
    encoding: str = ""
    placement: Placement | None = None
    presence: tuple[int, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """The start of a client's message: bytes at offsets of the payload."""

    transport: Transport
    tests: tuple[tuple[int, bytes], ...]

    def accepts(self, payload: bytes) -> bool:
        """Return whether a payload starts like this."""
        for offset, value in self.tests:  # noqa: SIM110 - runs for every packet; any() takes twice as long
            if not payload.startswith(value, offset):
                return False
        return True

    def allows_first_byte(self, byte: int) -> bool:
        """Return whether a payload with this first byte can have this opening."""
        return all(offset or value[0] == byte for offset, value in self.tests)


def opening(*tests: bytes | tuple[int, bytes], over: Transport = Transport.TCP) -> Opening:
    """Return an opening; a test without an offset applies to the payload's first bytes."""
    return Opening(over, tuple((0, t) if isinstance(t, bytes) else t for t in tests))


LocatedField = tuple[str, Field]  # name and field


def _no_fields(_payload: bytes, _transport: Transport) -> Fields:
    return NO_FIELDS


# Fields of every matcher, whatever the protocol.
COMMON_FIELDS: Mapping[str, Field] = {
    "payload": Field(Kind.BYTES, "what the transport carries"),
    "size": Field(Kind.NUMBER, "bytes of payload"),
    "transport": Field(Kind.TEXT, "tcp, udp, icmp, icmpv6, sctp, or ip for the rest"),
    "destination": Field(Kind.TEXT, "the address it was sent to"),
    "destination_port": Field(Kind.NUMBER, "the port it was sent to"),
    "source_port": Field(Kind.NUMBER, "the port it was sent from"),
}


@dataclass(frozen=True, slots=True)
class Matcher:
    """
    The reader of one protocol.

    Args:
        name: the protocol's usual short name; also the name of its signature file.
        title: the protocol's full name.
        openings: the openings of the messages that it reads; none means every message.
        fields: its fields, in addition to the common fields.
        read: derives fields from the payload; a pure function that accepts every payload.
        transports: the transports of the protocol.
        reads_headers: whether it reads headers, so that it reads packets without payload, too.
    """

    name: str
    title: str
    openings: tuple[Opening, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    read: Callable[[bytes, Transport], Fields] = _no_fields
    transports: tuple[Transport, ...] = BOTH
    reads_headers: bool = False
    # The fields that `read` does not derive: tshark decodes them, or they have a fixed offset.
    located: tuple[LocatedField, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        located = ((n, f) for n, f in self.fields.items() if f.tshark or f.at is not None)
        object.__setattr__(self, "located", tuple(located))

    def field_named(self, name: str) -> Field | None:
        """Return the field with a name, or None."""
        return self.fields.get(name) or COMMON_FIELDS.get(name)

    def accepts(self, observation: Observation) -> bool:
        """Return whether an observation is a message that this matcher reads."""
        if observation.transport not in self.transports:
            return False
        if not observation.payload and not self.reads_headers:
            return False
        if not self.openings:
            return True
        return any(
            o.transport is observation.transport and o.accepts(observation.payload)
            for o in self.openings
        )

    def fields_of(self, observation: Observation) -> Fields:
        """Return all fields of an observation that a signature of this matcher can test."""
        common = common_fields(observation)
        return {
            **self.own_fields(observation, common),
            **self.located_fields(observation, self.located),
        }

    def own_fields(self, observation: Observation, common: Fields) -> Fields:
        """Return the fields that the matcher derives from an observation, and the common ones."""
        if self.read is _no_fields:
            return common
        return {**self.read(observation.payload, observation.transport), **common}

    def located_fields(self, observation: Observation, located: Iterable[LocatedField]) -> Fields:
        """Return the fields that tshark decoded and the numbers at fixed offsets."""
        payload, transport = observation.payload, observation.transport
        decoded = observation.decoded
        fields = {}
        for name, known in located:
            if tshark := known.tshark:
                fields[name] = decoded.get(tshark, ())
            elif known.at is not None and transport in known.at:
                start = known.at[transport]
                number = payload[start : start + known.size]
                if len(number) == known.size:
                    fields[name] = (str(int.from_bytes(number, known.order)),)
        return fields


def common_fields(observation: Observation) -> Fields:
    """Return the common fields of an observation."""
    payload = observation.payload
    return {
        "payload": (payload.decode("latin-1"),),
        "size": (str(len(payload)),),
        "transport": (str(observation.transport),),  # three times as fast as `value`
        "destination": (observation.destination,),
        "destination_port": (str(observation.destination_port),),
        "source_port": (str(observation.source_port),),
    }
