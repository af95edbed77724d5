"""A live sensor as it is usually written: pyshark captures, Python writes to the journal."""

import sys

import pyshark
from systemd import journal

# One signature, which is all that the marked requests need: nothing is compared beside the path.
_FILTER = 'http.user_agent contains "Nmap Scripting Engine"'


def main() -> None:
    """Watch an interface until interrupted."""
    capture = pyshark.LiveCapture(interface=sys.argv[1], display_filter=_FILTER)
    for packet in capture.sniff_continuously():
        source = str(packet.ip.src)
        journal.send(f"{source} scans with nmap", NMAPWATCHD_SOURCE=source)


if __name__ == "__main__":
    main()
