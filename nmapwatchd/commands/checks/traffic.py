"""Sample what arrives on interfaces: traffic between other hosts, and frames not looked into."""

import socket
import struct
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nmapwatchd.capture.limitation import LEAST_FRAMES, summary_of
from nmapwatchd.capture.link import link_state
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.child.sampler import SAMPLE_BYTES, sample_of
from nmapwatchd.commands.checks.interfaces import is_ethernet
from nmapwatchd.errors import Diagnostic

# How long each interface is sampled, and after how many frames that ends.
SAMPLE_SECONDS = 2.0
MAXIMUM_FRAMES = 2_000
# Interfaces at a time: the unit, which checks before a reload, limits threads (TasksMax=).
_MAXIMUM_THREADS = 8

# How a wrapping is summarised that the filter could look into.
_UNSET = "not in unwrap"

# linux/if_packet.h and linux/if_ether.h
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 263, 1, 1
_OTHER_HOST, _OUTGOING = 3, 4
_ALL_PROTOCOLS = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """
    What arrived on an interface.

    Args:
        frames: how many; those that this host sent are not counted.
        foreign: how many of them were unicast to another host.
        sampled: what they consist of.
    """

    frames: int
    foreign: int
    sampled: Sampled


def traffic_warnings(
    names: Collection[str], wrappings: Collection[str], measured: Collection[str] = ()
) -> Iterator[Diagnostic]:
    """
    Yield what the traffic of interfaces lacks; takes SAMPLE_SECONDS if it may capture.

    Args:
        names: of the interfaces.
        wrappings: those that the filter looks into.
        measured: interfaces of which the running service has reported what it cannot inspect.
    """
    ready = [name for name in names if not link_state(name).error and is_ethernet(name)]
    if not ready:
        return
    with ThreadPoolExecutor(min(len(ready), _MAXIMUM_THREADS)) as threads:
        found = [*threads.map(_sample_or_error, ready)]
    for name, traffic in zip(ready, found, strict=True):
        if isinstance(traffic, Traffic):
            known = wrappings if name not in measured else None
            problems: Iterable[str] = problems_of(traffic, known)
        else:
            problems = [traffic]
        for problem in problems:
            yield Diagnostic(f"interfaces: {name}", problem)


def problems_of(traffic: Traffic, wrappings: Collection[str] | None) -> Iterator[str]:
    """
    Yield what is wrong with the traffic of an interface.

    Args:
        traffic: a sample.
        wrappings: those that the filter looks into; None to ignore what it does not look into.
    """
    if not traffic.frames:
        yield (
            f"no frame arrived in {SAMPLE_SECONDS:.0f} s; check the cable, and that the switch "
            "mirrors to this port"
        )
    elif not traffic.foreign:
        yield (
            f"{_counted(traffic.frames)} in {SAMPLE_SECONDS:.0f} s, none of them between other "
            "hosts: their scans would not be seen; connect it to a mirror port (SPAN) or a tap"
        )
    if wrappings is None or traffic.frames < LEAST_FRAMES:
        return
    if summary := summary_of([traffic.sampled], wrappings):
        remedy = "add it to unwrap, or " if _UNSET in summary else ""
        yield (
            f"{summary}, which nmapwatchd does not look into; {remedy}capture where the packets "
            "are not wrapped"
        )


def _counted(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames"


def _sample_or_error(name: str) -> Traffic | str:
    """Return a sample, or why there is none."""
    try:
        return sample(name)
    except PermissionError:
        return "its traffic was not sampled, which needs root; run check as root"
    except OSError as error:
        return f"its traffic was not sampled: {error.strerror}"


def sample(name: str, seconds: float = SAMPLE_SECONDS) -> Traffic:
    """
    Receive the frames of an interface, in promiscuous mode as the service does.

    Args:
        name: of the interface.
        seconds: how long.

    Raises:
        OSError: this process may not capture, or the interface is gone.
    """
    frames: list[tuple[int, bytes]] = []
    foreign = 0
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as packets:
        # struct packet_mreq; the kernel ends the membership with the socket.
        membership = struct.pack("iHH8x", socket.if_nametoindex(name), _PACKET_MR_PROMISC, 0)
        packets.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
        packets.bind((name, _ALL_PROTOCOLS))
        while len(frames) < MAXIMUM_FRAMES and (left := deadline - time.monotonic()) > 0:
            packets.settimeout(left)
            try:
                data, address = packets.recvfrom(SAMPLE_BYTES)
            except TimeoutError:
                break
            if address[2] == _OUTGOING:
                continue
            frames.append((address[1], data))
            foreign += address[2] == _OTHER_HOST
    return Traffic(len(frames), foreign, sample_of(frames))
