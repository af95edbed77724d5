"""
Capture on an interface to named outputs, whose writers are replaced between two frames.

No frame passes through Python: the kernel filter is the dissector's, and libpcap's loop writes each
frame that it accepts straight to that output's writer. Once a second, the timestamp of one frame is
read, for the canary.
"""

import ctypes
import os
import select
import socket
import time
from collections.abc import Mapping
from queue import SimpleQueue
from typing import NamedTuple

from nmapwatchd.child.buffer_delay import SECOND, BufferDelay
from nmapwatchd.child.libpcap import (
    ERROR_BYTES,
    LOOP_BROKEN,
    REJECT_ALL,
    FrameHeader,
    last_error,
    set_filter,
)
from nmapwatchd.child.protocol import (
    DISSECTOR,
    TIMESTAMP_DIGITS,
    Command,
    PrepareOutput,
    SetFilter,
    SwitchOutput,
)
from nmapwatchd.child.socket_filter import attach_filter
from nmapwatchd.child.thinning import thinned

# Milliseconds for which the kernel gathers frames, at most, before it delivers them (TPACKET_V3).
# They take as many bytes as they have; delivered singly, each would take a slot as large as the
# largest, and a ring would hold a tenth as many small ones. Alerts are delayed by as much; and with
# fewer milliseconds, a ring of as many batches would be full before a stopped tshark is detected.
BATCH_MILLISECONDS = 30


class Writer(NamedTuple):
    """
    libpcap's writer to a pipe.

    Args:
        dumper: libpcap's handle; 0 for no writer.
        canary: the frame to inject; empty for none.
    """

    dumper: int = 0
    canary: bytes = b""


class Thin(NamedTuple):
    """
    Let one in so many frames pass that anyone can forge; a command of this process's own.

    Args:
        factor: one in so many.
    """

    factor: int


class Output:
    """
    A named output.

    Args:
        bpf: the filter whose frames are written to it.
    """

    def __init__(self, bpf: bytes) -> None:
        self.bpf = bpf
        self.writer = Writer()
        self.prepared = Writer()  # replaces the writer on command


class LiveCapture:
    """
    Writes what an open interface receives.

    Args:
        pcap: libpcap.
        handle: libpcap's handle of the interface.
        filters: the initial filter of each output.
    """

    def __init__(self, pcap: ctypes.CDLL, handle: int, filters: Mapping[str, bytes]) -> None:
        self._pcap, self._handle = pcap, handle
        self._libc = _stdio()
        self._commands: SimpleQueue[Command | Thin | None] = SimpleQueue()  # None: finish
        self._outputs = {name: Output(bpf) for name, bpf in filters.items()}
        self._dissector = self._outputs[DISSECTOR]
        self._is_canary_due = False
        self._thinning_factor = 1
        self.filters_set = 0  # by commands
        self.latest_delay = 0  # nanoseconds in the kernel's buffer, at the latest canary
        self._buffer_delay = BufferDelay(time.time_ns, time.monotonic_ns)

    @property
    def kernel_filter(self) -> bytes:
        """The filter in the kernel."""
        return self._dissector.bpf

    def submit(self, command: Command | Thin | None) -> None:
        """Queue a command, or None to finish; any thread may call this."""
        self._commands.put(command)
        self._pcap.pcap_breakloop(self._handle)

    def request_canary(self) -> None:
        """Have the canary injected; any thread may call this."""
        self._is_canary_due = True
        self._pcap.pcap_breakloop(self._handle)

    def run(self) -> None:
        """
        Write frames and execute commands until `submit(None)`.

        Raises:
            PcapError: the interface cannot be read any more.
        """
        pcap = self._pcap
        while self._handle_requests():
            dumper, status = self._dissector.writer.dumper, 0
            while status >= 0:  # batch after batch
                status = pcap.pcap_dispatch(self._handle, -1, pcap.pcap_dump, dumper)
                pcap.pcap_dump_flush(dumper)
            if status != LOOP_BROKEN:
                raise last_error(pcap, self._handle)

    def _handle_requests(self) -> bool:
        """Inject the canary if it is due, execute queued commands; return whether to continue."""
        if self._is_canary_due:  # first: reading a frame can consume the break of a command
            self._is_canary_due = False
            if self._dissector.writer.canary:
                delay = self._buffer_delay.of(self._forward_next_frame())
                self.latest_delay = delay
                self._inject(self._dissector.writer, time.monotonic_ns() - delay)
        while not self._dissector.writer.dumper or not self._commands.empty():
            command = self._commands.get()
            if command is None:
                if self._dissector.writer.dumper:
                    drain(self._pcap, self._handle, self._dissector.writer.dumper)
                self._close(self._dissector.writer)
                return False
            if isinstance(command, Thin):
                self._thinning_factor = command.factor
                self._set_filter()
            else:
                self._execute(command)
        return True

    def _execute(self, command: Command) -> None:
        output = self._outputs[command.output]
        match command:
            case PrepareOutput(_, canary, descriptor):
                self._close(output.prepared)
                output.prepared = self._open(descriptor, canary)
            case SwitchOutput() if output.prepared.dumper:
                self._close(output.writer)
                output.writer, output.prepared = output.prepared, Writer()
            case SetFilter(_, bpf):
                output.bpf = bpf
                self.filters_set += 1
                self._set_filter()

    def _set_filter(self) -> None:
        # libpcap applies the new filter to what waits in the ring as well: a flood that is shed is
        # gone immediately.
        self.latest_delay = 0
        bpf = thinned(self._dissector.bpf, self._thinning_factor)
        set_filter(self._pcap, self._handle, bpf)

    def _open(self, descriptor: int, canary: bytes) -> Writer:
        """Open a writer; write a capture file's header and the first canary."""
        file = self._libc.fdopen(descriptor, b"wb")
        dumper = self._pcap.pcap_dump_fopen(self._handle, file)
        if not dumper:  # the reader has ended already
            return Writer()
        writer = Writer(dumper, canary)
        if canary:
            self._inject(writer, time.monotonic_ns())
        self._pcap.pcap_dump_flush(dumper)
        return writer

    def _close(self, writer: Writer) -> None:
        if writer.dumper:
            self._pcap.pcap_dump_close(writer.dumper)

    def _inject(self, writer: Writer, captured_at: int) -> None:
        """Write the canary, with a time of the monotonic clock, among the captured frames."""
        frame = writer.canary[:-TIMESTAMP_DIGITS] + b"%0*x" % (TIMESTAMP_DIGITS, captured_at)
        header = FrameHeader(*divmod(time.time_ns(), SECOND), len(frame), len(frame))
        self._pcap.pcap_dump(writer.dumper, ctypes.byref(header), frame)
        self._pcap.pcap_dump_flush(writer.dumper)

    def _forward_next_frame(self) -> int:
        """Write the next frame, if one waits; return its timestamp, or now (since the epoch)."""
        pcap = self._pcap
        if select.select([pcap.pcap_fileno(self._handle)], [], [], 0)[0]:
            header, data = ctypes.POINTER(FrameHeader)(), ctypes.c_char_p()
            pcap.pcap_next_ex(self._handle, ctypes.byref(header), ctypes.byref(data))
            # Whatever the status: a break of the loop at this time does not discard the frame.
            if data:
                pcap.pcap_dump(self._dissector.writer.dumper, header, data)
                frame: FrameHeader = header.contents
                return int(frame.seconds) * SECOND + int(frame.fraction)
        return time.time_ns()


def drain(pcap: ctypes.CDLL, handle: int, dumper: int) -> None:
    """Write what the kernel has captured, while it captures nothing more."""
    # Not with libpcap, which would apply the filter to what waits in the ring as well.
    with socket.socket(fileno=os.dup(pcap.pcap_fileno(handle))) as interface:
        attach_filter(interface, REJECT_ALL)
    time.sleep(2 * BATCH_MILLISECONDS / 1_000)  # until the last batch is delivered
    pcap.pcap_setnonblock(handle, 1, ctypes.create_string_buffer(ERROR_BYTES))
    # A break of the loop may be reported once more: its command was queued before, and executed.
    while True:
        written = pcap.pcap_dispatch(handle, -1, pcap.pcap_dump, dumper)
        if written <= 0 and written != LOOP_BROKEN:
            return


def _stdio() -> ctypes.CDLL:
    """Return the C library, with the types of the functions in use."""
    libc = ctypes.CDLL(None)
    libc.fdopen.restype, libc.fdopen.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_char_p)
    return libc
