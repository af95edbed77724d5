"""Bindings to libpcap: the structures and functions that the capture process uses."""

import ctypes
import ctypes.util

NANOSECONDS = 1  # PCAP_TSTAMP_PRECISION_NANO
ERROR_BYTES = 256  # PCAP_ERRBUF_SIZE
LOOP_BROKEN = -2  # PCAP_ERROR_BREAK: pcap_breakloop() was called
REJECT_ALL = bytes.fromhex("0600000000000000")  # BPF's `ret #0`


class Instruction(ctypes.Structure):
    """struct bpf_insn: an instruction of classic BPF."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    """struct bpf_program: a filter."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(Instruction)))


class FrameHeader(ctypes.Structure):
    """struct pcap_pkthdr: a frame's timestamp and lengths."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("fraction", ctypes.c_long),  # nanoseconds, with the precision `NANOSECONDS`
        ("captured", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
    )


class Statistics(ctypes.Structure):
    """struct pcap_stat: the kernel's 32-bit counters since the interface was opened."""

    _fields_ = (
        ("received", ctypes.c_uint),
        ("dropped", ctypes.c_uint),
        ("dropped_by_interface", ctypes.c_uint),
    )


class PcapError(Exception):
    """A libpcap function failed; the message is libpcap's own."""


def last_error(pcap: ctypes.CDLL, handle: int) -> PcapError:
    """Return the last error of a handle."""
    return PcapError(pcap.pcap_geterr(handle).decode(errors="replace"))


def set_filter(pcap: ctypes.CDLL, handle: int, bpf: bytes) -> None:
    """
    Set a handle's filter; replaces the present one.

    Raises:
        PcapError: libpcap rejects the filter.
    """
    count = len(bpf) // ctypes.sizeof(Instruction)
    instructions = (Instruction * count).from_buffer_copy(bpf)
    if pcap.pcap_setfilter(handle, ctypes.byref(Program(count, instructions))) < 0:
        raise last_error(pcap, handle)


def load_libpcap() -> ctypes.CDLL:
    """
    Load libpcap and declare the types of the functions in use.

    Raises:
        OSError: libpcap is not installed.
    """
    pcap = ctypes.CDLL(ctypes.util.find_library("pcap") or "libpcap.so.0.8")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("pcap_create", pointer, (text, text)),
        ("pcap_set_snaplen", number, (pointer, number)),
        ("pcap_set_promisc", number, (pointer, number)),
        ("pcap_set_buffer_size", number, (pointer, number)),
        ("pcap_set_timeout", number, (pointer, number)),
        ("pcap_set_tstamp_precision", number, (pointer, number)),
        ("pcap_activate", number, (pointer,)),
        ("pcap_statustostr", text, (number,)),
        ("pcap_open_offline_with_tstamp_precision", pointer, (text, ctypes.c_uint, text)),
        ("pcap_breakloop", None, (pointer,)),
        ("pcap_datalink", number, (pointer,)),
        ("pcap_setfilter", number, (pointer, ctypes.POINTER(Program))),
        ("pcap_dump_open", pointer, (pointer, text)),
        ("pcap_dump_fopen", pointer, (pointer, pointer)),
        ("pcap_dump_flush", number, (pointer,)),
        ("pcap_dump_close", None, (pointer,)),
        ("pcap_dump", None, (pointer, ctypes.POINTER(FrameHeader), text)),
        ("pcap_loop", number, (pointer, number, pointer, pointer)),
        ("pcap_fileno", number, (pointer,)),
        ("pcap_setnonblock", number, (pointer, number, text)),
        ("pcap_dispatch", number, (pointer, number, pointer, pointer)),
        ("pcap_next_ex", number, (pointer, pointer, pointer)),
        ("pcap_stats", number, (pointer, ctypes.POINTER(Statistics))),
        ("pcap_geterr", text, (pointer,)),
    ):
        function = getattr(pcap, name)
        function.restype, function.argtypes = result, arguments
    return pcap
