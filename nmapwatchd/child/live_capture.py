"""
A live capture whose output goes to one tshark after another, from one frame to the next.

The service wishes, by messages of a socket (SOCK_SEQPACKET), each a word and what belongs to it:

    heir PULSE      there will be another output, the pipe whose descriptor comes with the message:
                    it is given a capture's head, and the pulse
    succeed         the heir takes the place of the output from the next frame on
    filter BPF      another filter takes the place of the one in use

A pulse is a frame of our own that is slipped into the output each second; its last bytes become the
moment, in hexadecimal, at which came what is captured next to it.
"""

import ctypes
import os
import select
import socket
import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import NamedTuple

from nmapwatchd.child.buffer_delay import SECOND, BufferDelay
from nmapwatchd.child.libpcap import (
    BROKEN,
    ERROR_BYTES,
    NOTHING,
    FrameHead,
    Instruction,
    error_of,
    set_filter,
)
from nmapwatchd.child.top_talker import attach

# Bytes of the longest wish: a filter of as many instructions as the kernel takes, and its word.
WISH = 4096 * ctypes.sizeof(Instruction) + 16

# Milliseconds for which the kernel gathers frames, at most, before it hands them on (TPACKET_V3).
# They take as many bytes as they have; handed on at once, each would take a slot as large as the
# largest, and a ring hold a tenth as many small ones. Alerts come later by so much; and with fewer
# milliseconds, a ring of as many batches would be full before it is noticed that tshark stands
# still.
BATCH_MILLISECONDS = 30

# Digits of a pulse's moment.
_MOMENT = 16


class Command(NamedTuple):
    """What the service asks for."""

    word: bytes
    given: bytes = b""
    descriptor: int = -1


OVER = Command(b"over")


class _Output(NamedTuple):
    """libpcap's writer to a pipe, and what is slipped in there; neither, if there is none."""

    dumper: int = 0
    pulse: bytes = b""


class LiveCapture:
    """
    An interface that libpcap has opened.

    Args:
        pcap: libpcap.
        handle: its handle of the interface.
        filter_in_use: BPF.
    """

    def __init__(self, pcap: ctypes.CDLL, handle: int, filter_in_use: bytes) -> None:
        self._pcap, self._handle = pcap, handle
        self._libc = _stdio()
        self._wishes: SimpleQueue[Command] = SimpleQueue()
        self._output = self._heir = _Output()
        self._pulse_is_due = False
        self._wait = BufferDelay(time.time_ns, time.monotonic_ns)
        self.filter = filter_in_use

    def take(self, wish: Command) -> None:
        """Have a wish seen to; any thread may call this."""
        self._wishes.put(wish)
        self._pcap.pcap_breakloop(self._handle)

    def beat(self) -> None:
        """Have the pulse slipped in; any thread may call this."""
        self._pulse_is_due = True
        self._pcap.pcap_breakloop(self._handle)

    def run(self) -> None:
        """
        Write what comes, and see to wishes, until it is over.

        Raises:
            PcapError: the interface cannot be read any more.
        """
        pcap = self._pcap
        while self._sees_to_wishes():
            dumper, status = self._output.dumper, 0
            while status >= 0:  # a batch after the other
                status = pcap.pcap_dispatch(self._handle, -1, pcap.pcap_dump, dumper)
                pcap.pcap_dump_flush(dumper)
            if status != BROKEN:
                raise error_of(pcap, self._handle)

    def _sees_to_wishes(self) -> bool:
        """Slip in the pulse that is due, and see to what is wished; tell whether to go on."""
        if self._pulse_is_due:  # first, for it can take the sign that there is a wish
            self._pulse_is_due = False
            if self._output.pulse:
                waited = self._wait.of(self._hand_on_next())
                self._slip_in(self._output, time.monotonic_ns() - waited)
        while not self._output.dumper or not self._wishes.empty():
            wish = self._wishes.get()
            if wish is OVER:
                if self._output.dumper:
                    drain(self._pcap, self._handle, self._output.dumper)
                self._close(self._output)
                return False
            match wish.word:
                case b"heir":
                    self._close(self._heir)
                    self._heir = self._opened(wish.descriptor, wish.given)
                case b"succeed" if self._heir.dumper:
                    self._close(self._output)
                    self._output, self._heir = self._heir, _Output()
                case b"filter":
                    # libpcap asks the new filter about what waits in the ring as well: it is rid of
                    # a flood at once.
                    self.filter = wish.given
                    set_filter(self._pcap, self._handle, wish.given)
        return True

    def _opened(self, descriptor: int, pulse: bytes) -> _Output:
        """Return an output that has a capture's head, and the first pulse."""
        file = self._libc.fdopen(descriptor, b"wb")
        dumper = self._pcap.pcap_dump_fopen(self._handle, file)
        if not dumper:  # who was to read it has ended already
            return _Output()
        output = _Output(dumper, pulse)
        if pulse:
            self._slip_in(output, time.monotonic_ns())
        self._pcap.pcap_dump_flush(dumper)
        return output

    def _close(self, output: _Output) -> None:
        if output.dumper:
            self._pcap.pcap_dump_close(output.dumper)

    def _slip_in(self, output: _Output, moment: int) -> None:
        """Write the pulse among the frames that were captured."""
        frame = output.pulse[:-_MOMENT] + b"%0*x" % (_MOMENT, moment)
        head = FrameHead(*divmod(time.time_ns(), SECOND), len(frame), len(frame))
        self._pcap.pcap_dump(output.dumper, ctypes.byref(head), frame)
        self._pcap.pcap_dump_flush(output.dumper)

    def _hand_on_next(self) -> int:
        """Write the next frame, if one waits; return when it came, or now (since the epoch)."""
        pcap = self._pcap
        if select.select([pcap.pcap_fileno(self._handle)], [], [], 0)[0]:
            head, data = ctypes.POINTER(FrameHead)(), ctypes.c_char_p()
            pcap.pcap_next_ex(self._handle, ctypes.byref(head), ctypes.byref(data))
            # Also where the loop was broken in that moment: the frame is taken all the same.
            if data:
                pcap.pcap_dump(self._output.dumper, head, data)
                at: FrameHead = head.contents
                return int(at.seconds) * SECOND + int(at.fraction)
        return time.time_ns()


def drain(pcap: ctypes.CDLL, handle: int, dumper: int) -> None:
    """Write what the kernel has captured, while it captures nothing more."""
    # Not by libpcap, which would ask the filter about what waits in the ring as well.
    with socket.socket(fileno=os.dup(pcap.pcap_fileno(handle))) as interface:
        attach(interface, NOTHING)
    time.sleep(2 * BATCH_MILLISECONDS / 1_000)  # until the last batch is handed on
    pcap.pcap_setnonblock(handle, 1, ctypes.create_string_buffer(ERROR_BYTES))
    # The sign that broke the loop may come once more: who gave it had the wish written down before.
    while (taken := pcap.pcap_dispatch(handle, -1, pcap.pcap_dump, dumper)) > 0 or taken == BROKEN:
        continue


def wishes(said: socket.socket) -> Iterator[Command]:
    """Yield each wish that comes; the first that is none is the last."""
    while True:
        message, descriptors, flags, _ = socket.recv_fds(said, WISH, 1)
        word, _, given = message.partition(b" ")
        is_wish = {
            b"heir": len(descriptors) == 1 and (not given or len(given) >= _MOMENT),
            b"succeed": not given,
            b"filter": len(given) > 0 and len(given) % ctypes.sizeof(Instruction) == 0,
        }
        if flags & socket.MSG_TRUNC or not is_wish.get(word, False):
            return
        yield Command(word, given, *descriptors)


def _stdio() -> ctypes.CDLL:
    """Return the C library, with the types of what is called."""
    libc = ctypes.CDLL(None)
    libc.fdopen.restype, libc.fdopen.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_char_p)
    return libc
