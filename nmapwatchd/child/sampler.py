"""Sample the frames of an interface, whether the kernel filter accepts them or not."""

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from nmapwatchd.child.inspection import inspect
from nmapwatchd.child.protocol import MAXIMUM_PATHS, Sampled

# Frames of a burst, and seconds between the starts of two. The socket receives only during a burst,
# so that frames cost no more on a busy interface than on an idle one.
BURST_FRAMES = 50
PERIOD_SECONDS = 1.0

SAMPLE_BYTES = 256  # of a frame: its headers, and those of two tunnels

_ALL_PROTOCOLS = 3  # ETH_P_ALL of linux/if_ether.h


def sample_of(frames: Iterable[tuple[int, bytes]]) -> Sampled:
    """Return what some frames consist of, given the EtherType of each and what follows it."""
    total = 0
    paths: dict[str, int] = {}
    for ethertype, data in frames:
        total += 1
        path = inspect(ethertype, data).path
        if path:
            paths[path] = paths.get(path, 0) + 1
    most = sorted(paths.items(), key=lambda item: -item[1])[:MAXIMUM_PATHS]
    return Sampled(total, tuple(most))


class FrameSampler:
    """
    Samples an interface in bursts, at random times.

    Args:
        packet_socket: of type SOCK_DGRAM, so that frames start after the link's header; receives
            nothing until it is bound to a protocol.
        interface: its name.
    """

    def __init__(self, packet_socket: socket.socket, interface: str) -> None:
        self._socket, self._interface = packet_socket, interface

    def run(self, report: Callable[[Sampled], None]) -> None:
        """Report a burst each second, for as long as the process runs."""
        while True:
            started = time.monotonic()
            report(self.burst())
            # Half of it to one and a half: no traffic at a regular time is in each or in none.
            period = PERIOD_SECONDS * (0.5 + os.urandom(1)[0] / 255)
            time.sleep(max(0.0, started + period - time.monotonic()))

    def burst(self) -> Sampled:
        """Return what `BURST_FRAMES` frames consist of, or as many as arrive in the period."""
        frames: list[tuple[int, bytes]] = []
        with suppress(OSError):  # the interface is down or gone, which the capture reports
            frames.extend(self._received())
        return sample_of(frames)

    def _received(self) -> Iterator[tuple[int, bytes]]:
        """Yield the EtherType of each frame of a burst, and what follows the link's header."""
        deadline = time.monotonic() + PERIOD_SECONDS
        self._socket.bind((self._interface, _ALL_PROTOCOLS))
        try:
            for _ in range(BURST_FRAMES):
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                try:
                    data, address = self._socket.recvfrom(SAMPLE_BYTES)
                except TimeoutError:
                    return
                yield address[1], data
        finally:
            self._socket.bind((self._interface, 0))
            self._discard()

    def _discard(self) -> None:
        """Discard what arrived after the burst."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(1):
                continue
        except BlockingIOError:
            pass
