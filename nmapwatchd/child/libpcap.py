"""libpcap, as far as it is called: its structures, and the types of its functions."""

import ctypes
import ctypes.util

NANOSECONDS = 1  # PCAP_TSTAMP_PRECISION_NANO
ERROR_BYTES = 256  # PCAP_ERRBUF_SIZE
BROKEN = -2  # PCAP_ERROR_BREAK
NOTHING = bytes.fromhex("0600000000000000")  # BPF's `ret #0`: no frame passes


class Instruction(ctypes.Structure):
    """An instruction of classic BPF."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("constant", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    """A filter."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(Instruction)))


class FrameHead(ctypes.Structure):
    """What stands before a frame in a capture."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("fraction", ctypes.c_long),
        ("captured", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
    )


class Statistics(ctypes.Structure):
    """The kernel's counts since the interface was opened."""

    _fields_ = (
        ("received", ctypes.c_uint),
        ("dropped", ctypes.c_uint),
        ("dropped_by_interface", ctypes.c_uint),
    )


class PcapError(Exception):
    """What libpcap says that went wrong."""


def error_of(pcap: ctypes.CDLL, handle: int) -> PcapError:
    """Return what went wrong last."""
    return PcapError(pcap.pcap_geterr(handle).decode(errors="replace"))


def set_filter(pcap: ctypes.CDLL, handle: int, program: bytes) -> None:
    """
    Put a filter (BPF) in the place of the one in use.

    Raises:
        PcapError: libpcap does not take it.
    """
    count = len(program) // ctypes.sizeof(Instruction)
    instructions = (Instruction * count).from_buffer_copy(program)
    if pcap.pcap_setfilter(handle, ctypes.byref(Program(count, instructions))) < 0:
        raise error_of(pcap, handle)


def library() -> ctypes.CDLL:
    """
    Return libpcap, with the types of what is called.

    Raises:
        OSError: it is not installed.
    """
    pcap = ctypes.CDLL(ctypes.util.find_library("pcap") or "libpcap.so.0.8")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, arguments in (
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
        ("pcap_dump", None, (pointer, ctypes.POINTER(FrameHead), text)),
        ("pcap_loop", number, (pointer, number, pointer, pointer)),
        ("pcap_fileno", number, (pointer,)),
        ("pcap_setnonblock", number, (pointer, number, text)),
        ("pcap_dispatch", number, (pointer, number, pointer, pointer)),
        ("pcap_next_ex", number, (pointer, pointer, pointer)),
        ("pcap_stats", number, (pointer, ctypes.POINTER(Statistics))),
        ("pcap_geterr", text, (pointer,)),
    ):
        found = getattr(pcap, function)
        found.restype, found.argtypes = result, arguments
    return pcap
