"""A typical live sensor: pyshark captures, Python writes to the journal."""

import sys

import pyshark
from systemd import journal

# Only the signature that the test requests match, so that only the path is compared.
_FILTER = 'http.user_agent contains "Nmap Scripting Engine"'


def main() -> None:
    """Capture on an interface until interrupted."""
    capture = pyshark.LiveCapture(interface=sys.argv[1], display_filter=_FILTER)
    for packet in capture.sniff_continuously():
        source = str(packet.ip.src)
        journal.send(f"{source} scans with nmap", NMAPWATCHD_SOURCE=source)


if __name__ == "__main__":
    main()
