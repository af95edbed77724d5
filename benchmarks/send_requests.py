"""Sends test requests, each from its own address, and prints when each was sent."""

import argparse
import random
import socket
import time

_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: lan\r\nConnection: close\r\n"
    b"User-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine; "
    b"https://nmap.org/book/nse.html)\r\n\r\n"
)
# Seconds between two requests, at random, so that they do not synchronise with a sensor's timer.
_MINIMUM_GAP, _MAXIMUM_GAP = 0.02, 0.06


def main() -> None:
    """Print an address and the time of its request, seconds since the epoch, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("sources", nargs="+")
    options = parser.parse_args()
    gaps = random.Random(0)  # noqa: S311 - the same in each run
    for source in options.sources:
        address = (source, 0)
        with socket.create_connection((options.server, 80), source_address=address) as connection:
            sent_at = time.time()
            connection.sendall(_REQUEST)
            connection.recv(4096)
        print(source, f"{sent_at:.6f}", flush=True)
        time.sleep(gaps.uniform(_MINIMUM_GAP, _MAXIMUM_GAP))


if __name__ == "__main__":
    main()
