"""A typical sensor: pyshark dissects every frame, Python inspects each."""

import sys

import pyshark

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.signatures.loader import shipped_catalogue


def detect(path: str, catalogue: Catalogue) -> set[tuple[str, int]]:
    """Return source and destination port of every frame that a signature matches."""
    detected = set()
    capture = pyshark.FileCapture(path, keep_packets=False)
    for packet in capture:
        for transport in Transport:
            segment = getattr(packet, transport.value, None)
            payload = getattr(segment, "payload", None)
            if segment is None or payload is None or not hasattr(packet, "ip"):
                continue
            observation = Observation(
                at=int(float(packet.sniff_timestamp) * 1_000_000_000),
                interface=path,
                source=str(packet.ip.src),
                destination=str(packet.ip.dst),
                source_port=int(segment.srcport),
                destination_port=int(segment.dstport),
                transport=transport,
                payload=bytes.fromhex(str(payload).replace(":", "")),
            )
            if catalogue.match(observation):
                detected.add((observation.source, observation.destination_port))
    capture.close()
    return detected


if __name__ == "__main__":
    for source, port in sorted(detect(sys.argv[1], shipped_catalogue())):
        print(source, port)
