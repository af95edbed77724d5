"""Start and control the capture process."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.stderr_lines import next_line
from nmapwatchd.capture.subprocesses import DEAF, OWN_GROUP, end, send_signal
from nmapwatchd.child.protocol import (
    DISSECTOR,
    Arguments,
    Command,
    Counts,
    Failure,
    FileArguments,
    InterfaceArguments,
    Opened,
    PrepareOutput,
    Sampled,
    SetFilter,
    SwitchOutput,
    Thinned,
    TopTalker,
    encode_filters,
    parse_report,
    send_command,
)
from nmapwatchd.errors import CaptureError

PROGRAM = "nmapwatchd.child"

# Bytes of kernel buffer for one interface: 144 batches of 256 KiB, which is libpcap's size. That is
# a burst of 160,000 small frames or 20,000 full ones, and at any lesser rate 4 s of traffic. In a
# flood, other frames wait after what waits here.
BUFFER = 36 << 20
# Bytes captured of a frame. What nmap writes first is shorter; of the 64 KiB into which a network
# card joins segments, the buffer need not hold more.
SNAPSHOT = 4_000
# Seconds that the process has to open an interface.
OPEN_SECONDS = 10.0
# Seconds that it has to write what the kernel's buffer holds.
FINISH_SECONDS = 3.0
# Last error lines kept to explain its end.
KEPT_LINES = 8

Filters = Mapping[int, bytes]
OnTopTalker = Callable[[str], None]
OnSample = Callable[[Sampled], None]


def _ignore(_report: object) -> None:
    """Ignore a report: of a file, nothing is dropped or sampled."""


class CaptureProcess:
    """
    One capture process; it writes frames to pipes that the service does not hold open.

    Args:
        process: the process.
        commands: its command socket; None for a file.
        on_top_talker: called with the source of most frames while the kernel drops some.
        on_sample: called with each sample of frames.
    """

    def __init__(
        self,
        process: Process,
        commands: socket.socket | None = None,
        on_top_talker: OnTopTalker = _ignore,
        on_sample: OnSample = _ignore,
    ) -> None:
        self._process, self._commands = process, commands
        self._on_top_talker, self._on_sample = on_top_talker, on_sample
        self._errors: deque[str] = deque(maxlen=KEPT_LINES)
        self._has_opened_or_ended = asyncio.Event()
        self.counts = CaptureStats()
        self.thinning_factor = 1  # one in so many frames passes that anyone can forge
        self.last_output_at = time.monotonic()
        self.link = 0  # the interface's link type, once it captures
        self._bpf = b""  # the filter in the kernel
        self._reader = asyncio.create_task(self._read_reports())

    @classmethod
    async def from_interface(
        cls,
        interface: str,
        filters: Filters,
        on_top_talker: OnTopTalker,
        on_sample: OnSample = _ignore,
    ) -> "CaptureProcess":
        """
        Open an interface; return when the kernel captures on it.

        Args:
            interface: its name.
            filters: the initial kernel filter for each link type.
            on_top_talker: called with the source of most frames while the kernel drops some.
            on_sample: called with each sample of frames.

        Raises:
            CaptureError: the interface cannot be opened; the message is libpcap's own.
        """
        commands, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        commands.setblocking(False)
        with child_end, _pipe_of(encode_filters(filters)) as descriptor:
            arguments = InterfaceArguments(descriptor, interface, BUFFER, SNAPSHOT)
            process = await _start(arguments, child_end.fileno(), DEVNULL)
        capture = cls(process, commands, on_top_talker, on_sample)
        try:
            if not await capture.opened() or capture.link not in filters:
                reason = capture.last_error or "libpcap did not open the interface"
                raise CaptureError(f"{interface}: {reason}")
        except BaseException:
            await capture.close()
            raise
        capture._bpf = filters[capture.link]
        return capture

    @classmethod
    async def from_file(
        cls, source: int, filters: Filters, output: int, on_sample: OnSample = _ignore
    ) -> "CaptureProcess":
        """
        Filter a capture file.

        Args:
            source: descriptor from which it is read.
            filters: the filter for each link type.
            output: descriptor to which the accepted frames are written, as a capture file.
            on_sample: called with a sample of the first frames.
        """
        with _pipe_of(encode_filters(filters)) as descriptor:
            process = await _start(FileArguments(descriptor), source, output)
        return cls(process, on_sample=on_sample)

    def prepare_output(self, output: int, canary: bytes) -> None:
        """
        Prepare another writer for the dissector's output.

        Args:
            output: descriptor of a pipe's writing end.
            canary: the frame to inject at once, and each second while the writer is in use; its end
                becomes the time. Empty for none.
        """
        self._send(PrepareOutput(DISSECTOR, canary, output))

    def switch_output(self) -> None:
        """Write to the prepared writer from the next frame on."""
        self._send(SwitchOutput(DISSECTOR))

    def set_filter(self, bpf: bytes) -> None:
        """Set the kernel filter; if it changes, the kernel rejects all frames for a moment."""
        if bpf != self._bpf:
            self._bpf = bpf
            self._send(SetFilter(DISSECTOR, bpf))

    def _send(self, command: Command) -> None:
        if self._commands is None:  # it is finishing
            return
        try:
            send_command(self._commands, command)
        except BlockingIOError:
            # It has not read commands for long. Killed, it is replaced by one that has them all.
            send_signal(self._process, signal.SIGKILL)
        except (BrokenPipeError, ConnectionResetError):
            self._close_commands()  # it has ended, which is detected when its output ends

    def _close_commands(self) -> None:
        if self._commands is not None:
            self._commands.close()
            self._commands = None

    async def opened(self) -> bool:
        """Wait until it captures or fails; return whether it captures."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._has_opened_or_ended.wait(), OPEN_SECONDS)
        return bool(self.link) and not self._errors

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    @property
    def last_error(self) -> str:
        """The last error that it reported, or ''."""
        return self._errors[-1] if self._errors else ""

    async def wait(self) -> int:
        """Wait until the process ends, and its reports; return its exit status."""
        await self._reader
        return await self._process.wait()

    async def finish(self) -> bool:
        """
        Stop capturing; end the process when it has written what the kernel's buffer holds.

        Returns:
            Whether that took less than `FINISH_SECONDS`.
        """
        self._close_commands()
        try:
            await asyncio.wait_for(self._process.wait(), FINISH_SECONDS)
        except TimeoutError:
            return False
        finally:
            await self.close()
        return True

    async def close(self) -> None:
        """End the process."""
        self._close_commands()
        await end(self._process)
        await self._reader

    async def _read_reports(self) -> None:
        assert self._process.stderr is not None
        while line := await next_line(self._process.stderr):
            self.last_output_at = time.monotonic()
            match parse_report(line):
                case Opened(link):
                    self.link = link
                    self._has_opened_or_ended.set()
                case Counts(frames, drops):
                    self.counts = CaptureStats(frames, drops)
                case TopTalker(address):
                    self._on_top_talker(address)
                case Thinned(factor):
                    self.thinning_factor = factor
                case Sampled() as sample:
                    self._on_sample(sample)
                case Failure(message) if message:
                    self._errors.append(message)
        self._has_opened_or_ended.set()


async def _start(arguments: Arguments, source: int, output: int) -> Process:
    """Start the capture process with its standard input and output."""
    return await asyncio.create_subprocess_exec(
        *DEAF, sys.executable, "-I", "-X", "utf8", "-m", PROGRAM, *arguments.encode(),
        stdin=source, stdout=output, stderr=PIPE, pass_fds=(arguments.filters,),
        process_group=OWN_GROUP,
    )  # fmt: skip


@contextlib.contextmanager
def _pipe_of(data: bytes) -> Iterator[int]:
    """Yield a pipe's reading end, from which some bytes can be read, however many."""
    reader, writer = os.pipe()

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=write, daemon=True).start()
    try:
        yield reader
    finally:
        os.close(reader)
