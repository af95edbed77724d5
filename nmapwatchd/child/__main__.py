"""
The process that captures: libpcap from an interface, or from a capture, to a pipe.

It needs nothing but Python's standard library and its neighbours here. No frame passes through
Python: libpcap's loop hands each one that the filter lets through to libpcap's writer. Once a
second, the moment at which one came is read.

    python3 -m nmapwatchd.child FILTERS live INTERFACE BUFFER SNAPSHOT
        captures from an interface
    python3 -m nmapwatchd.child FILTERS file
        filters the capture on standard input, to standard output

FILTERS is a file descriptor from which the filters are read, one for each link type: a line `LINK
LENGTH`, then that many bytes of classic BPF. On standard error it says `open LINK` when it
captures, `counts RECEIVED DROPPED` four times a second, `loud ADDRESS` when the kernel drops frames
and most of them are one sender's, and `error SENTENCE` before it ends with exit status 1. With an
interface, standard input is a socket on which it is told where to write, see `live.py`. When that
ends, what has been captured is written to the last frame, and nothing more.
"""

import ctypes
import itertools
import os
import signal
import socket
import sys
import threading
import time
from typing import NoReturn

from nmapwatchd.child.libpcap import (
    ERROR_BYTES,
    NANOSECONDS,
    PcapError,
    Statistics,
    error_of,
    library,
    set_filter,
)
from nmapwatchd.child.live_capture import BATCH_MILLISECONDS, OVER, LiveCapture, wishes
from nmapwatchd.child.top_talker import TopTalkerSampler

# Seconds between two reports of the kernel's counts: how long a flood may go unnoticed.
REPORT_SECONDS = 0.25
# Reports from one pulse to the next: a second.
PULSE_REPORTS = 4

_PARENT_DIED = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_COUNTER = 1 << 32  # where libpcap's counts begin again at 0


def _say(line: str) -> None:
    os.write(sys.stderr.fileno(), f"{line}\n".encode())  # at once: several threads speak


def _fail(sentence: str) -> NoReturn:
    _say(f"error {sentence}")
    sys.exit(1)


def _filters(descriptor: int) -> dict[int, bytes]:
    """Read the filter of each link type."""
    filters = {}
    with open(descriptor, "rb") as file:
        while line := file.readline():
            link, length = map(int, line.split())
            filters[link] = file.read(length)
    return filters


def _open_interface(pcap: ctypes.CDLL, name: str, buffer: int, snapshot: int) -> int:
    """Open an interface; return libpcap's handle."""
    error = ctypes.create_string_buffer(ERROR_BYTES)
    handle: int = pcap.pcap_create(name.encode(), error)
    if not handle:
        raise PcapError(error.value.decode(errors="replace"))
    pcap.pcap_set_snaplen(handle, snapshot)
    pcap.pcap_set_promisc(handle, 1)
    pcap.pcap_set_buffer_size(handle, buffer)
    pcap.pcap_set_timeout(handle, BATCH_MILLISECONDS)
    pcap.pcap_set_tstamp_precision(handle, NANOSECONDS)
    status = pcap.pcap_activate(handle)
    if status < 0:  # above 0 are warnings, such as that the interface cannot be promiscuous
        said = pcap.pcap_statustostr(status).decode(errors="replace")
        more = pcap.pcap_geterr(handle).decode(errors="replace")
        raise PcapError(f"{said} ({more})" if more and more != said else said)
    return handle


def _open_file(pcap: ctypes.CDLL) -> int:
    """Open the capture on standard input; return libpcap's handle."""
    error = ctypes.create_string_buffer(ERROR_BYTES)
    handle: int = pcap.pcap_open_offline_with_tstamp_precision(b"-", NANOSECONDS, error)
    if not handle:
        raise PcapError(error.value.decode(errors="replace"))
    return handle


def _renounce(libc: ctypes.CDLL) -> None:
    """Give up every right: what is to be read is open, and the filter attached."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)  # of this process
    none = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 of each
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.capset(header, none):
        raise PcapError("the capture process cannot give up its rights")


class Total:
    """What a counter of libpcap's, of 32 bits, has counted in all."""

    def __init__(self) -> None:
        self.sum = self._last = 0

    def see(self, count: int) -> int:
        """Take note of what it says; return what is new."""
        new = (count - self._last) % _COUNTER
        if new > _COUNTER // 2:  # it was set back, as a driver can set the interface's own
            new = 0
        self._last = count
        self.sum += new
        return new


def _report(pcap: ctypes.CDLL, handle: int, sample: TopTalkerSampler, capture: LiveCapture) -> None:
    """Say the kernel's counts, and who is loud while it drops; ask for pulses; for ever."""
    statistics = Statistics()
    received, dropped = Total(), Total()
    for number in itertools.count():
        time.sleep(REPORT_SECONDS)
        if number % PULSE_REPORTS == 0:
            capture.beat()
        if pcap.pcap_stats(handle, ctypes.byref(statistics)) != 0:
            continue
        received.see(statistics.received)
        drops = dropped.see(statistics.dropped + statistics.dropped_by_interface)
        _say(f"counts {received.sum} {dropped.sum}")
        if drops:
            sender = sample.loudest(capture.filter)
            if sender:
                _say(f"loud {sender}")


def _listen(capture: LiveCapture) -> None:
    """Hand on what is wished on standard input, until that ends."""
    try:
        with socket.socket(fileno=sys.stdin.fileno()) as said:
            for wish in wishes(said):
                capture.take(wish)
    finally:
        capture.take(OVER)


def _run_live(
    pcap: ctypes.CDLL, libc: ctypes.CDLL, filters: dict[int, bytes], arguments: list[str]
) -> None:
    """Capture from an interface until told to end."""
    interface, buffer, snapshot = arguments
    handle = _open_interface(pcap, interface, int(buffer), int(snapshot))
    link = _let_in(pcap, handle, filters)
    # Made while we may; it hears nothing until it is bound to a protocol.
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    _renounce(libc)
    _say(f"open {link}")
    capture = LiveCapture(pcap, handle, filters[link])
    for target, given in (
        (_report, (pcap, handle, TopTalkerSampler(ear, interface, link), capture)),
        (_listen, (capture,)),
    ):
        threading.Thread(target=target, args=given, daemon=True).start()
    capture.run()


def _run_file(pcap: ctypes.CDLL, libc: ctypes.CDLL, filters: dict[int, bytes]) -> None:
    """Filter the capture on standard input."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # not to outlive the one that reads
    handle = _open_file(pcap)
    dumper: int = pcap.pcap_dump_open(handle, b"-")
    if not dumper:
        raise error_of(pcap, handle)
    link = _let_in(pcap, handle, filters)
    _renounce(libc)
    _say(f"open {link}")
    status = pcap.pcap_loop(handle, -1, pcap.pcap_dump, dumper)
    pcap.pcap_dump_flush(dumper)
    if status == -1:
        raise error_of(pcap, handle)


def _let_in(pcap: ctypes.CDLL, handle: int, filters: dict[int, bytes]) -> int:
    """Let in what the filter of the link's type lets through; return that type."""
    link: int = pcap.pcap_datalink(handle)
    if link not in filters:
        raise PcapError(f"no filter for link type {link}")
    set_filter(pcap, handle, filters[link])
    return link


def main(arguments: list[str]) -> int:
    """Capture until told to end, or the file does."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PARENT_DIED, signal.SIGTERM)  # not to outlive the sensor
    try:
        pcap = library()
    except OSError:
        _fail("libpcap is not installed; install Debian's package libpcap0.8")
    filters = _filters(int(arguments[0]))
    try:
        if arguments[1] == "live":
            _run_live(pcap, libc, filters, arguments[2:])
        else:
            _run_file(pcap, libc, filters)
    except PcapError as error:
        _fail(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
