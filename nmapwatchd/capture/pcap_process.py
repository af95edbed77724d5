"""
The process that captures: libpcap from an interface, or from a capture, to standard output.

It needs nothing but Python's standard library and its neighbours here. No frame passes through
Python: libpcap's loop hands each one that the filter lets through to libpcap's writer. Once a
second, the moment at which one came is read.

    python3 -m nmapwatchd.capture.pcap_process FILTERS live INTERFACE BUFFER SNAPSHOT
        captures from an interface
    python3 -m nmapwatchd.capture.pcap_process FILTERS file
        filters the capture on standard input

FILTERS is a file descriptor from which the filters are read, one for each link type: a line `LINK
LENGTH`, then that many bytes of classic BPF. On standard error it says `open LINK` when it
captures, `counts RECEIVED DROPPED` four times a second, `loud ADDRESS` when the kernel drops frames
and most of them are one sender's, and `error SENTENCE` before it ends with exit status 1. With an
interface, standard input takes filters that replace the one in use: a line `filter LENGTH`, then
the BPF, which is answered with `filter` when it is in the kernel; and a frame of our own that is
slipped into the output each second: a line `pulse LENGTH`, then the frame, whose last bytes are to
be the moment in hexadecimal at which came what is captured next to it. When standard input ends,
what has been captured is written to the last frame, and nothing more.
"""

import ctypes
import itertools
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from nmapwatchd.capture.libpcap import (
    BROKEN,
    ERROR_BYTES,
    NANOSECONDS,
    NOTHING,
    FrameHead,
    Instruction,
    Program,
    Statistics,
    library,
)
from nmapwatchd.capture.sample import Sample, attach
from nmapwatchd.capture.wait import SECOND, Wait

# Seconds between two reports of the kernel's counts: how long a flood may go unnoticed.
REPORT_SECONDS = 0.25
# Reports from one pulse to the next: a second.
PULSE_REPORTS = 4
# Digits of a pulse's moment.
_MOMENT = 16

_UNBUFFERED = 2  # _IONBF of stdio.h
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_WISH_LINE = 20  # bytes of a wish's word and length, and its end: filters have some kB


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
        _fail(error.value.decode(errors="replace"))
    pcap.pcap_set_snaplen(handle, snapshot)
    pcap.pcap_set_promisc(handle, 1)
    pcap.pcap_set_buffer_size(handle, buffer)
    pcap.pcap_set_immediate_mode(handle, 1)
    pcap.pcap_set_tstamp_precision(handle, NANOSECONDS)
    status = pcap.pcap_activate(handle)
    if status < 0:  # above 0 are warnings, such as that the interface cannot be promiscuous
        said = pcap.pcap_statustostr(status).decode(errors="replace")
        more = pcap.pcap_geterr(handle).decode(errors="replace")
        _fail(f"{said} ({more})" if more and more != said else said)
    return handle


def _open_file(pcap: ctypes.CDLL) -> int:
    """Open the capture on standard input; return libpcap's handle."""
    error = ctypes.create_string_buffer(ERROR_BYTES)
    handle: int = pcap.pcap_open_offline_with_tstamp_precision(b"-", NANOSECONDS, error)
    if not handle:
        _fail(error.value.decode(errors="replace"))
    return handle


def _set_filter(pcap: ctypes.CDLL, handle: int, program: bytes) -> None:
    count = len(program) // ctypes.sizeof(Instruction)
    instructions = (Instruction * count).from_buffer_copy(program)
    if pcap.pcap_setfilter(handle, ctypes.byref(Program(count, instructions))) < 0:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))


def _renounce(libc: ctypes.CDLL) -> None:
    """Give up every right: what is to be read is open, and the filter attached."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)  # of this process
    none = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 of each
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.capset(header, none):
        _fail("the capture process cannot give up its rights")


class _Wishes:
    """What the capturing thread shall see to when its loop is broken."""

    def __init__(self, filter_in_use: bytes) -> None:
        self.filter = filter_in_use
        self.pulse = b""
        self.pulse_is_due = False
        self.are_over = False


def _report(pcap: ctypes.CDLL, handle: int, sample: Sample, taken: _Wishes) -> None:
    """Say the kernel's counts, and who is loud while it drops; ask for pulses; for ever."""
    statistics = Statistics()
    before = 0
    for number in itertools.count():
        time.sleep(REPORT_SECONDS)
        if number % PULSE_REPORTS == 0 and taken.pulse:
            taken.pulse_is_due = True
            pcap.pcap_breakloop(handle)
        if pcap.pcap_stats(handle, ctypes.byref(statistics)) != 0:
            continue
        lost = statistics.dropped + statistics.dropped_by_interface
        _say(f"counts {statistics.received} {lost}")
        if lost > before:
            sender = sample.loudest(taken.filter)
            if sender:
                _say(f"loud {sender}")
        before = lost


def _take_wishes(pcap: ctypes.CDLL, handle: int, taken: _Wishes) -> None:
    """Have the filter, or the pulse, replaced whenever another comes."""
    for word, wished in wishes(sys.stdin.buffer):
        if word == b"filter":
            taken.filter = wished
        else:
            taken.pulse, taken.pulse_is_due = wished, True
        pcap.pcap_breakloop(handle)
    taken.are_over = True
    pcap.pcap_breakloop(handle)


def wishes(said: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield each filter or pulse that comes whole; the first that does not is the last."""
    while line := said.readline(_WISH_LINE):
        word, _, length = line.strip().partition(b" ")
        if word not in (b"filter", b"pulse") or not length.isdigit():
            return
        wished = said.read(int(length))
        odd = word == b"filter" and len(wished) % ctypes.sizeof(Instruction)
        if len(wished) != int(length) or odd or len(wished) < _MOMENT:
            return
        yield word, wished


def _slip_in(pcap: ctypes.CDLL, handle: int, dumper: int, pulse: bytes, wait: Wait) -> None:
    """Write a frame of our own among those that were captured, as old as they are."""
    moment = time.monotonic_ns() - wait.of(_hand_on_next(pcap, handle, dumper))
    frame = pulse[:-_MOMENT] + b"%0*x" % (_MOMENT, moment)
    head = FrameHead(*divmod(time.time_ns(), SECOND), len(frame), len(frame))
    pcap.pcap_dump(dumper, ctypes.byref(head), frame)


def _hand_on_next(pcap: ctypes.CDLL, handle: int, dumper: int) -> int:
    """Write the next frame, if one waits; return when it came, or else now (since the epoch)."""
    if select.select([pcap.pcap_fileno(handle)], [], [], 0)[0]:
        head, data = ctypes.POINTER(FrameHead)(), ctypes.c_char_p()
        pcap.pcap_next_ex(handle, ctypes.byref(head), ctypes.byref(data))
        if data:  # also where the loop was broken in that moment: the frame is taken all the same
            pcap.pcap_dump(dumper, head, data)
            at: FrameHead = head.contents
            return int(at.seconds) * SECOND + int(at.fraction)
    return time.time_ns()


def _capture(pcap: ctypes.CDLL, handle: int, dumper: int, taken: _Wishes, in_use: bytes) -> int:
    """Write what comes, and see to wishes, until the interface or the file ends."""
    wait = Wait(time.time_ns, time.monotonic_ns)
    while (status := pcap.pcap_loop(handle, -1, pcap.pcap_dump, dumper)) == BROKEN:
        if taken.pulse_is_due:  # first, for it can take the sign that there is another wish
            taken.pulse_is_due = False
            _slip_in(pcap, handle, dumper, taken.pulse, wait)
        if taken.are_over:
            drain(pcap, handle, dumper)
            return 0
        if taken.filter is not in_use:
            # libpcap asks the new filter about what waits in the ring as well: it is rid of a flood
            # at once.
            in_use = taken.filter
            _set_filter(pcap, handle, in_use)
            _say("filter")
    pcap.pcap_dump_flush(dumper)
    if status == -1:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))
    return 0


def drain(pcap: ctypes.CDLL, handle: int, dumper: int) -> None:
    """Write what the kernel has captured, while it captures nothing more."""
    # Not by libpcap, which would ask the filter about what waits in the ring as well.
    with socket.socket(fileno=os.dup(pcap.pcap_fileno(handle))) as interface:
        attach(interface, NOTHING)
    pcap.pcap_setnonblock(handle, 1, ctypes.create_string_buffer(ERROR_BYTES))
    # The sign that broke the loop may come once more: who gave it had the wish written down before.
    while (taken := pcap.pcap_dispatch(handle, -1, pcap.pcap_dump, dumper)) > 0 or taken == BROKEN:
        continue
    pcap.pcap_dump_flush(dumper)


def _open_output(pcap: ctypes.CDLL, libc: ctypes.CDLL, handle: int, live: bool) -> int:
    """Return libpcap's writer to standard output; it has written its head."""
    dumper: int = pcap.pcap_dump_open(handle, b"-")
    if not dumper:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))
    if live:  # every frame at once
        pcap.pcap_dump_flush(dumper)
        libc.setvbuf.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
        libc.setvbuf(pcap.pcap_dump_file(dumper), None, _UNBUFFERED, 0)
    return dumper


def main(arguments: list[str]) -> int:
    """Capture until the interface or the file ends."""
    # Not to outlive the sensor, nor the one that reads.
    libc = ctypes.CDLL(None)
    libc.prctl(_PARENT_DIED, signal.SIGTERM)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        pcap = library()
    except OSError:
        _fail("libpcap is not installed; install Debian's package libpcap0.8")
    filters = _filters(int(arguments[0]))
    live = arguments[1] == "live"
    if live:
        handle = _open_interface(pcap, arguments[2], int(arguments[3]), int(arguments[4]))
    else:
        handle = _open_file(pcap)
    dumper = _open_output(pcap, libc, handle, live)
    link = pcap.pcap_datalink(handle)
    if link not in filters:
        _fail(f"no filter for link type {link}")
    taken = _Wishes(filters[link])
    _set_filter(pcap, handle, taken.filter)
    # Made while we may; it hears nothing until it is bound to a protocol.
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) if live else None
    _renounce(libc)
    _say(f"open {link}")
    if ear is not None:
        for target, given in (
            (_report, (pcap, handle, Sample(ear, arguments[2], link), taken)),
            (_take_wishes, (pcap, handle, taken)),
        ):
            threading.Thread(target=target, args=given, daemon=True).start()
    return _capture(pcap, handle, dumper, taken, filters[link])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
