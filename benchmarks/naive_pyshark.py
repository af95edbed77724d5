"""A sensor as it is usually written: pyshark dissects every frame, Python looks at each."""

import sys

import pyshark

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.signatures.loader import shipped_catalogue


def told(path: str, catalogue: Catalogue) -> set[tuple[str, int]]:
    """Return the source and the port of every frame in which some signature holds."""
    found = set()
    capture = pyshark.FileCapture(path, keep_packets=False)
    for packet in capture:
        for transport in Transport:
            segment = getattr(packet, transport.value, None)
            payload = getattr(segment, "payload", None)
            if segment is None or payload is None or not hasattr(packet, "ip"):
                continue
            seen = Observation(
                at=int(float(packet.sniff_timestamp) * 1_000_000_000),
                interface=path,
                source=str(packet.ip.src),
                destination=str(packet.ip.dst),
                source_port=int(segment.srcport),
                destination_port=int(segment.dstport),
                transport=transport,
                payload=bytes.fromhex(str(payload).replace(":", "")),
            )
            if catalogue.match(seen):
                found.add((seen.source, seen.destination_port))
    capture.close()
    return found


if __name__ == "__main__":
    for source, port in sorted(told(sys.argv[1], shipped_catalogue())):
        print(source, port)
