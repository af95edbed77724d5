"""
Compares what each matcher reads in a payload with what tshark decodes there.

`python -m tests.matchers.against_tshark FOLDER...` compares every packet of the captures in some
folders, prints the differences that are not exempt, and exits with 1 if there are any.

A packet is compared if a matcher's openings accept its payload and tshark decodes a message of the
matcher's protocol in it. Since tshark chooses most dissectors by port, and nmap sends its probes to
any port, each distinct payload is then compared once more, in a connection of its own to the
protocol's own port.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from nmapwatchd.capture.decode import AGGREGATOR, SEPARATOR
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport, Values
from nmapwatchd.filters.dissection import dissection
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import observation
from tests.frames import frame, write_capture
from tests.matchers.tshark_fields import EXEMPTIONS, PROTOCOLS, Packet

# Columns of every line, before the fields that are compared. An ICMP error contains a payload that
# is not its own; a message that ends outside the packet is reported by one of the last three.
_COLUMNS = (
    "frame.number", "tcp.payload", "udp.payload", "icmp.type", "icmpv6.type",
    "_ws.malformed", "_ws.short", "_ws.unreassembled",
)  # fmt: skip
_COMPARED = tuple(
    sorted(
        {name for p in PROTOCOLS.values() for known in p.fields.values() for name in known.tshark}
        | {name for protocol in PROTOCOLS.values() for name in protocol.messages}
    )
)
# Without the second, tshark takes everything on MongoDB's port for TLS.
_OPTIONS = ("-n", "-d", "tcp.port==27017,mongo", "-T", "fields")
# A port of no dissector.
_CLIENT_PORT = 60_001
_CAPTURES = {".cap", ".pcap", ".pcapng"}


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A field in which a matcher and tshark differ.

    Args:
        packet: the packet that both read.
        field: matcher.field.
        read: the matcher's values, as compared.
        decoded: tshark's values, as compared.
    """

    packet: Packet
    field: str
    read: Values
    decoded: Values

    def __str__(self) -> str:
        at = f"{self.packet.capture} frame {self.packet.frame}"
        again = f", sent to port {self.packet.port}" if self.packet.port else ""
        return f"{at}{again}: {self.field}: read {self.read}, tshark {self.decoded}"


@dataclass(slots=True)
class Comparison:
    """
    What was compared.

    Args:
        packets: compared packets, by matcher.
        undecoded: packets that a matcher's openings accept and in which tshark decodes no message
            of its protocol, by matcher.
        values: fields that tshark decoded and that were compared, by matcher.field.
        exempt: differences that are exempt, by the reason.
        differences: the other differences.
    """

    packets: Counter[str] = field(default_factory=Counter)
    undecoded: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    exempt: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, packet: Packet, matcher: Matcher) -> None:
        """Compare each field of a packet."""
        protocol = PROTOCOLS[matcher.name]
        messages = [n for name in protocol.messages if (n := len(packet.decoded.get(name, ())))]
        if not messages:
            self.undecoded[matcher.name] += 1
            return
        if protocol.single and max(messages) > 1:
            return
        self.packets[matcher.name] += 1
        seen = observation(payload=packet.payload, transport=packet.transport)
        fields = matcher.fields_of(seen)
        for name, known in protocol.fields.items():
            decoded = known.decoded(*(packet.decoded.get(column, ()) for column in known.tshark))
            if decoded is None:
                continue
            # tshark shows an empty value as none.
            decoded = tuple(value for value in decoded if value)
            read = tuple(value for value in known.read(fields.get(name, ())) if value)
            self._add_field(Difference(packet, f"{matcher.name}.{name}", read, decoded))

    def _add_field(self, found: Difference) -> None:
        if found.packet.incomplete and not found.decoded:
            return  # tshark stops at the field that ends outside the packet
        self.values[found.field] += bool(found.decoded)
        if found.read == found.decoded:
            return
        for exemption in EXEMPTIONS:
            if found.field in exemption.fields and exemption.applies(
                found.packet, found.read, found.decoded
            ):
                self.exempt[exemption.reason] += 1
                return
        self.differences.append(found)

    def summary(self) -> str:
        """Return what was compared, a line a matcher, and how many differences are exempt."""
        lines = [
            f"{name}: {self.packets[name]} packets, "
            f"{sum(n for key, n in self.values.items() if key.startswith(f'{name}.'))} values; "
            f"{self.undecoded[name]} packets that tshark does not decode"
            for name in PROTOCOLS
        ]
        lines += [f"{count} exempt: {reason}" for reason, count in self.exempt.items()]
        return "\n".join((*lines, f"{len(self.differences)} differences"))


class UnreadableError(Exception):
    """A capture that tshark does not read to its end; the packets before its end are kept."""

    def __init__(self, message: str, packets: list[Packet]) -> None:
        super().__init__(message)
        self.packets = packets


class Dissector:
    """tshark with all of its dissectors, and without reassembly, as nmapwatchd runs it."""

    def __init__(self) -> None:
        preferences = dissection(shipped_catalogue()).preferences
        options = [
            word for name, value in preferences.items() for word in ("-o", f"{name}:{value}")
        ]
        columns = [word for name in (*_COLUMNS, *_COMPARED) for word in ("-e", name)]
        form = ("-E", f"separator={SEPARATOR}", "-E", f"aggregator={AGGREGATOR}")
        self._command = ("tshark", *_OPTIONS, *options, *form, *columns)

    def packets(self, capture: Path) -> list[Packet]:
        """
        Return the packets of a capture that carry a payload.

        Raises:
            UnreadableError: tshark does not read it to its end.
        """
        with TemporaryDirectory() as profile:
            settings = {"WIRESHARK_CONFIG_DIR": profile, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
            result = subprocess.run(
                (*self._command, "-r", str(capture)),
                capture_output=True,
                check=False,
                env={**os.environ, **settings},
            )
        lines = result.stdout.decode("utf-8", "replace").split("\n")
        packets = list(_packets(capture.name, lines))
        if result.returncode:
            *_, reason = result.stderr.decode(errors="replace").strip().split("\n")
            raise UnreadableError(reason, packets)
        return packets

    def compare(self, packets: Iterable[Packet], comparison: Comparison) -> None:
        """Compare packets as captured, then each payload on its protocol's own ports."""
        again: dict[tuple[str, int, Transport, bytes], Packet] = {}
        for packet in packets:
            for matcher in _matchers_of(packet):
                comparison.add(packet, matcher)
                for port in PROTOCOLS[matcher.name].ports:
                    key = (matcher.name, port, packet.transport, packet.payload)
                    again.setdefault(key, replace(packet, port=port))
        with TemporaryDirectory() as folder:
            capture = write_capture(
                Path(folder) / "again.pcap",
                (_alone(number, packet) for number, packet in enumerate(again.values())),
            )
            dissected = {packet.frame: packet for packet in self.packets(capture)}
        for number, (key, packet) in enumerate(again.items(), start=1):
            if number in dissected:
                decoded, incomplete = dissected[number].decoded, dissected[number].incomplete
                sent = replace(packet, decoded=decoded, incomplete=incomplete)
                comparison.add(sent, MATCHERS[key[0]])


def _packets(capture: str, lines: Iterable[str]) -> Iterator[Packet]:
    for line in lines:
        if not line:
            continue
        values = line.split(SEPARATOR)
        number, tcp, udp, icmp, icmpv6, *incomplete = values[: len(_COLUMNS)]
        payload = tcp or udp
        # With several payloads in one frame it is not known which of them a matcher would read.
        if not payload or (tcp and udp) or AGGREGATOR in payload or icmp or icmpv6:
            continue
        named = zip(_COMPARED, values[len(_COLUMNS) :], strict=True)
        yield Packet(
            capture=capture,
            frame=int(number),
            transport=Transport.TCP if tcp else Transport.UDP,
            payload=bytes.fromhex(payload),
            decoded={name: tuple(text.split(AGGREGATOR)) for name, text in named if text},
            incomplete=any(incomplete),
        )


def _matchers_of(packet: Packet) -> list[Matcher]:
    seen = observation(payload=packet.payload, transport=packet.transport)
    return [MATCHERS[name] for name in PROTOCOLS if MATCHERS[name].accepts(seen)]


def _alone(number: int, packet: Packet) -> bytes:
    """Return a frame of a connection of its own, whose client's address is the number."""
    address = f"10.{number >> 14 & 0x7F}.{number >> 7 & 0x7F}.{number & 0x7F | 0x80}"
    return frame(
        packet.payload,
        transport=packet.transport,
        source=address,
        ports=(_CLIENT_PORT, packet.port),
    )


def main(folders: Sequence[str]) -> int:
    """Compare every capture of some folders."""
    captures = sorted(
        path for folder in folders for path in Path(folder).rglob("*") if path.suffix in _CAPTURES
    )
    if not captures:
        sys.stderr.write("no captures\n")
        return 2
    dissector, comparison = Dissector(), Comparison()

    def packets(capture: Path) -> list[Packet]:
        try:
            return dissector.packets(capture)
        except UnreadableError as error:
            sys.stdout.write(f"not read to its end: {error}\n")
            return error.packets

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(packets, captures)
        dissector.compare(chain.from_iterable(found), comparison)
    sys.stdout.write("".join(f"{difference}\n" for difference in comparison.differences))
    sys.stdout.write(f"{comparison.summary()}\n")
    return int(bool(comparison.differences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
