"""A matcher knows one protocol: how its messages begin, and what can be read in them."""

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
    """From where a fixed place is counted."""

    PAYLOAD = "payload"
    HEADER = "header"  # the transport's own
    IPV4 = "ip"
    IPV6 = "ip6"


@dataclass(frozen=True, slots=True)
class Field:
    """
    Something a signature may ask about.

    Where a value comes from decides how far down the sieve a question about it can be asked:

    Args:
        kind: what its values are.
        meaning: one phrase for the reference.
        tshark: tshark's name of the field, where tshark decodes it.
        at: its offset, by transport: of a number in the payload, or, for a field that tshark
            decodes, where the kernel finds it in a header.
        base: from where the offset is counted.
        size: bytes of that number, 1, 2 or 4; 0 for bytes of any length.
        mask: those of its bits that are the field's; 0 for all of them.
        shift: by how many bits the value stands further left in its place than tshark shows it.
        order: which of its bytes comes first.
        encoding: how a value that the matcher reads stands, letter for letter, in the payload;
            empty where it does not.
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
    """How a client's message begins: these bytes at these offsets of the payload."""

    transport: Transport
    tests: tuple[tuple[int, bytes], ...]

    def accepts(self, payload: bytes) -> bool:
        """Tell whether a payload begins so."""
        for offset, value in self.tests:  # noqa: SIM110 - for every packet, and twice as fast
            if not payload.startswith(value, offset):
                return False
        return True

    def begins(self, byte: int) -> bool:
        """Tell whether a payload with this first byte may begin so."""
        return all(offset or value[0] == byte for offset, value in self.tests)


def opening(*tests: bytes | tuple[int, bytes], over: Transport = Transport.TCP) -> Opening:
    """Return an opening; a test without an offset is at the payload's first byte."""
    return Opening(over, tuple((0, t) if isinstance(t, bytes) else t for t in tests))


LocatedField = tuple[str, Field]  # a field by its name


def _nothing(_payload: bytes, _transport: Transport) -> Fields:
    return NO_FIELDS


# What every matcher can ask about, whatever the protocol.
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
    The code that knows one protocol.

    Args:
        name: the protocol's usual short name; also the name of its signature file.
        title: how a person calls it.
        openings: how the messages begin that it reads; none means that each signature says so.
        fields: what it can read beside the common fields.
        read: derives fields from the payload; a pure function that accepts every payload.
        transports: what can carry it.
        bare: whether it reads headers, so that packets without payload are its business too.
    """

    name: str
    title: str
    openings: tuple[Opening, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    read: Callable[[bytes, Transport], Fields] = _nothing
    transports: tuple[Transport, ...] = BOTH
    bare: bool = False
    # Fields that are not the matcher's own reading, found once.
    located: tuple[LocatedField, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        located = ((n, f) for n, f in self.fields.items() if f.tshark or f.at is not None)
        object.__setattr__(self, "located", tuple(located))

    def field_named(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return self.fields.get(name) or COMMON_FIELDS.get(name)

    def accepts(self, observation: Observation) -> bool:
        """Tell whether the observation is a message that this matcher reads."""
        if observation.transport not in self.transports:
            return False
        if not observation.payload and not self.bare:
            return False
        if not self.openings:
            return True
        return any(
            o.transport is observation.transport and o.accepts(observation.payload)
            for o in self.openings
        )

    def fields_of(self, observation: Observation) -> Fields:
        """Return everything that a signature of this matcher may ask about."""
        common = common_fields(observation)
        return {
            **self.own_fields(observation, common),
            **self.located_fields(observation, self.located),
        }

    def own_fields(self, observation: Observation, common: Fields) -> Fields:
        """Return what it reads itself in an observation, and its common fields."""
        if self.read is _nothing:
            return common
        return {**self.read(observation.payload, observation.transport), **common}

    def located_fields(self, observation: Observation, located: Iterable[LocatedField]) -> Fields:
        """Return those fields that tshark decoded, or that are numbers at fixed places."""
        payload, transport = observation.payload, observation.transport
        fields = {}
        for name, known in located:
            if known.tshark:
                fields[name] = observation.decoded.get(known.tshark, ())
            elif known.at is not None and transport in known.at:
                start = known.at[transport]
                number = payload[start : start + known.size]
                if len(number) == known.size:
                    fields[name] = (str(int.from_bytes(number, known.order)),)
        return fields


def common_fields(observation: Observation) -> Fields:
    """Return what every matcher can ask about."""
    payload = observation.payload
    return {
        "payload": (payload.decode("latin-1"),),
        "size": (str(len(payload)),),
        "transport": (observation.transport.value,),
        "destination": (observation.destination,),
        "destination_port": (str(observation.destination_port),),
        "source_port": (str(observation.source_port),),
    }
