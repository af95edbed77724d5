"""
The process that captures: libpcap from an interface, or from a capture, to standard output.

It runs by itself, with nothing but Python's standard library. No frame passes through Python:
libpcap's loop hands each one that the filter lets through to libpcap's writer.

    pcap_process.py FILTERS live INTERFACE BUFFER SNAPSHOT    an interface
    pcap_process.py FILTERS file                              the capture on standard input

FILTERS is a file descriptor from which the filters are read, one for each link type: a line `LINK
LENGTH`, then that many bytes of classic BPF. On standard error it says `open LINK` when it
captures, `counts RECEIVED DROPPED` each second, and `error SENTENCE` before it ends with exit
status 1.
"""

import ctypes
import ctypes.util
import signal
import sys
import threading
import time
from typing import NoReturn

# Seconds between two reports of the kernel's counts.
REPORT_SECONDS = 1.0

_NANOSECONDS = 1  # PCAP_TSTAMP_PRECISION_NANO
_UNBUFFERED = 2  # _IONBF of stdio.h
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
_CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_ERROR_BYTES = 256  # PCAP_ERRBUF_SIZE
_FILE = "-"


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


def _set_filter(pcap: ctypes.CDLL, handle: int, filters: dict[int, bytes]) -> None:
    link = pcap.pcap_datalink(handle)
    program = filters.get(link)
    if program is None:
        _fail(f"no filter for link type {link}")
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


def _report(pcap: ctypes.CDLL, handle: int) -> None:
    """Say the kernel's counts, for ever."""
    statistics = _Statistics()
    while True:
        time.sleep(REPORT_SECONDS)
        if pcap.pcap_stats(handle, ctypes.byref(statistics)) == 0:
            lost = statistics.dropped + statistics.dropped_by_interface
            _say(f"counts {statistics.received} {lost}")


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
    _set_filter(pcap, handle, filters)
    _renounce(libc)
    _say(f"open {pcap.pcap_datalink(handle)}")
    if live:
        threading.Thread(target=_report, args=(pcap, handle), daemon=True).start()
    status = pcap.pcap_loop(handle, -1, pcap.pcap_dump, dumper)
    pcap.pcap_dump_flush(dumper)
    if status == -1:
        _fail(pcap.pcap_geterr(handle).decode(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
