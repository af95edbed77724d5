"""
The process that captures: libpcap from an interface, or from a capture, to standard output.

It runs by itself, with nothing but Python's standard library. No frame passes through Python:
libpcap's loop hands each one that the filter lets through to libpcap's writer.

    pcap_process.py FILTERS live INTERFACE BUFFER SNAPSHOT    an interface
    pcap_process.py FILTERS file                              the capture on standard input

FILTERS is a file descriptor from which the filters are read, one for each link type: a line `LINK
LENGTH`, then that many bytes of classic BPF. On standard error it says `open LINK` when it
captures, `counts RECEIVED DROPPED` four times a second, `loud ADDRESS` when the kernel drops frames
and most of them are one sender's, and `error SENTENCE` before it ends with exit status 1. With an
interface, standard input takes filters that replace the one in use: a line `LENGTH`, then the BPF.
"""

import ctypes
import ctypes.util
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

# Seconds between two reports of the kernel's counts: how long a flood may go unnoticed.
REPORT_SECONDS = 0.25
# Frames of which the loudest sender must have sent most, and seconds to wait for the next: enough
# to be sure of a flood, over in a moment.
SAMPLE_FRAMES = 200
SAMPLE_SECONDS = 0.05

_NANOSECONDS = 1  # PCAP_TSTAMP_PRECISION_NANO
_UNBUFFERED = 2  # _IONBF of stdio.h
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_ERROR_BYTES = 256  # PCAP_ERRBUF_SIZE
_LENGTH_LINE = 10  # bytes of a filter's length and its end: filters have some kB
_BROKEN = -2  # PCAP_ERROR_BREAK
_ATTACH_FILTER = 26  # SO_ATTACH_FILTER of asm-generic/socket.h
_ALL_PROTOCOLS = 3  # ETH_P_ALL of linux/if_ether.h
_TAGS = (b"\x81\x00", b"\x88\xa8")  # 802.1Q, 802.1ad
_HEADERS = 128  # bytes in which the addresses of a frame stand
_ETHERNET, _RAW = 1, 12  # DLT_EN10MB and DLT_RAW of pcap/dlt.h


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("constant", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(_Instruction)))


class _Statistics(ctypes.Structure):
    _fields_ = (
        ("received", ctypes.c_uint),
        ("dropped", ctypes.c_uint),
        ("dropped_by_interface", ctypes.c_uint),
    )


def _library() -> ctypes.CDLL:
    """Return libpcap, with the types of what is called."""
    name = ctypes.util.find_library("pcap") or "libpcap.so.0.8"
    try:
        pcap = ctypes.CDLL(name)
    except OSError:
        _fail("libpcap is not installed; install Debian's package libpcap0.8")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, arguments in (
        ("pcap_create", pointer, (text, text)),
        ("pcap_set_snaplen", number, (pointer, number)),
        ("pcap_set_promisc", number, (pointer, number)),
        ("pcap_set_buffer_size", number, (pointer, number)),
        ("pcap_set_immediate_mode", number, (pointer, number)),
        ("pcap_set_tstamp_precision", number, (pointer, number)),
        ("pcap_activate", number, (pointer,)),
        ("pcap_statustostr", text, (number,)),
        ("pcap_open_offline_with_tstamp_precision", pointer, (text, ctypes.c_uint, text)),
        ("pcap_breakloop", None, (pointer,)),
        ("pcap_datalink", number, (pointer,)),
        ("pcap_setfilter", number, (pointer, ctypes.POINTER(_Program))),
        ("pcap_dump_open", pointer, (pointer, text)),
        ("pcap_dump_file", pointer, (pointer,)),
        ("pcap_dump_flush", number, (pointer,)),
        ("pcap_loop", number, (pointer, number, pointer, pointer)),
        ("pcap_stats", number, (pointer, ctypes.POINTER(_Statistics))),
        ("pcap_geterr", text, (pointer,)),
    ):
        found = getattr(pcap, function)
        found.restype, found.argtypes = result, arguments
    return pcap


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


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
    error = ctypes.create_string_buffer(_ERROR_BYTES)
    handle: int = pcap.pcap_create(name.encode(), error)
    if not handle:
        _fail(error.value.decode(errors="replace"))
    pcap.pcap_set_snaplen(handle, snapshot)
    pcap.pcap_set_promisc(handle, 1)
    pcap.pcap_set_buffer_size(handle, buffer)
    pcap.pcap_set_immediate_mode(handle, 1)
    pcap.pcap_set_tstamp_precision(handle, _NANOSECONDS)
    status = pcap.pcap_activate(handle)
    if status < 0:  # above 0 are warnings, such as that the interface cannot be promiscuous
        said = pcap.pcap_statustostr(status).decode(errors="replace")
        more = pcap.pcap_geterr(handle).decode(errors="replace")
        _fail(f"{said} ({more})" if more and more != said else said)
    return handle


def _open_file(pcap: ctypes.CDLL) -> int:
    """Open the capture on standard input; return libpcap's handle."""
    error = ctypes.create_string_buffer(_ERROR_BYTES)
    handle: int = pcap.pcap_open_offline_with_tstamp_precision(b"-", _NANOSECONDS, error)
    if not handle:
        _fail(error.value.decode(errors="replace"))
    return handle


def _set_filter(pcap: ctypes.CDLL, handle: int, program: bytes) -> None:
    count = len(program) // ctypes.sizeof(_Instruction)
    instructions = (_Instruction * count).from_buffer_copy(program)
    if pcap.pcap_setfilter(handle, ctypes.byref(_Program(count, instructions))) < 0:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))


def _renounce(libc: ctypes.CDLL) -> None:
    """Give up every right: what is to be read is open, and the filter attached."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)  # of this process
    none = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 of each
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.capset(header, none):
        _fail("the capture process cannot give up its rights")


def _report(pcap: ctypes.CDLL, handle: int, sample: "_Sample", filter_in_use: list[bytes]) -> None:
    """Say the kernel's counts, and who is loud while it drops, for ever."""
    statistics = _Statistics()
    before = 0
    while True:
        time.sleep(REPORT_SECONDS)
        if pcap.pcap_stats(handle, ctypes.byref(statistics)) != 0:
            continue
        lost = statistics.dropped + statistics.dropped_by_interface
        _say(f"counts {statistics.received} {lost}")
        if lost > before:
            found = sample.loudest(filter_in_use[0])
            if found:
                _say(f"loud {found}")
        before = lost


class _Sample:
    """A second ear on the interface, for a moment at a time."""

    def __init__(self, ear: socket.socket, interface: str, link: int) -> None:
        self._ear, self._interface, self._link = ear, interface, link
        ear.settimeout(SAMPLE_SECONDS)

    def loudest(self, program: bytes) -> str:
        """Return who sends most of what a filter lets through; '' if nobody does."""
        senders: dict[str, int] = {}
        _attach(self._ear, program)
        self._ear.bind((self._interface, _ALL_PROTOCOLS))
        for _ in range(SAMPLE_FRAMES):
            try:
                found = sender(self._ear.recv(_HEADERS), self._link)
            except TimeoutError:
                break
            senders[found] = senders.get(found, 0) + 1
        self._ear.bind((self._interface, 0))
        loudest = max(senders, key=lambda found: senders[found], default="")
        return loudest if 2 * senders.get(loudest, 0) > SAMPLE_FRAMES else ""


def sender(frame: bytes, link: int) -> str:
    """Return the source address of a frame, '' where it has none or the link is another kind."""
    at = 0
    if link == _ETHERNET:
        at = 12
        while frame[at : at + 2] in _TAGS:
            at += 4
        at += 2
    elif link != _RAW:
        return ""
    packet = frame[at:]
    try:
        if packet[0] >> 4 == 4:
            return socket.inet_ntop(socket.AF_INET, packet[12:16])
        return socket.inet_ntop(socket.AF_INET6, packet[8:24])
    except (IndexError, ValueError):  # it is cut short
        return ""


def _attach(to: socket.socket, program: bytes) -> None:
    """Put a filter in the place of a socket's own (struct sock_fprog of linux/filter.h)."""
    instructions = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HP", len(program) // 8, ctypes.addressof(instructions))
    to.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, filter_)


def _take_filters(pcap: ctypes.CDLL, handle: int, filter_in_use: list[bytes]) -> None:
    """Have the filter replaced whenever another comes."""
    for program in programs(sys.stdin.buffer):
        filter_in_use[0] = program
        pcap.pcap_breakloop(handle)


def programs(said: BinaryIO) -> Iterator[bytes]:
    """Yield each filter that comes whole; the first that does not is the last that is read."""
    while (line := said.readline(_LENGTH_LINE)).strip().isdigit():
        program = said.read(int(line))
        if len(program) != int(line) or len(program) % ctypes.sizeof(_Instruction):
            return
        yield program


def main(arguments: list[str]) -> int:
    """Capture until the interface or the file ends."""
    # Not to outlive the sensor, nor the one that reads.
    libc = ctypes.CDLL(None)
    libc.prctl(_PARENT_DIED, signal.SIGTERM)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    pcap = _library()
    filters = _filters(int(arguments[0]))
    live = arguments[1] == "live"
    if live:
        handle = _open_interface(pcap, arguments[2], int(arguments[3]), int(arguments[4]))
    else:
        handle = _open_file(pcap)
    dumper = pcap.pcap_dump_open(handle, b"-")
    if not dumper:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))
    if live:
        pcap.pcap_dump_flush(dumper)
        # Every frame at once; the file header is out.
        libc.setvbuf.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
        libc.setvbuf(pcap.pcap_dump_file(dumper), None, _UNBUFFERED, 0)
    link = pcap.pcap_datalink(handle)
    if link not in filters:
        _fail(f"no filter for link type {link}")
    in_use = [filters[link]]
    _set_filter(pcap, handle, in_use[0])
    # Made while we may; it hears nothing until it is bound to a protocol.
    sample = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) if live else None
    _renounce(libc)
    _say(f"open {link}")
    if sample is not None:
        for target, given in (
            (_report, (pcap, handle, _Sample(sample, arguments[2], link), in_use)),
            (_take_filters, (pcap, handle, in_use)),
        ):
            threading.Thread(target=target, args=given, daemon=True).start()
    while (status := pcap.pcap_loop(handle, -1, pcap.pcap_dump, dumper)) == _BROKEN:
        # libpcap asks the new filter about what waits in the ring as well: it is rid of a flood at
        # once.
        _set_filter(pcap, handle, in_use[0])
    pcap.pcap_dump_flush(dumper)
    if status == -1:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
