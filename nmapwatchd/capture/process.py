"""The capture front end: the process that captures, seen from this side."""

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
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.stderr_lines import next_line
from nmapwatchd.capture.subprocesses import OWN_GROUP, end, send
from nmapwatchd.errors import CaptureError

PROGRAM = "nmapwatchd.child"

# Bytes of kernel buffer for one interface: 144 batches of 256 KiB, which is libpcap's size. That is
# 160,000 small frames that come at once, 20,000 full ones, and at any lesser rate what comes within
# 4 s. In a flood, others wait behind what waits here.
BUFFER = 36 << 20
# Bytes captured of a frame. What nmap writes first is shorter; of the 64 KiB into which a card
# joins segments, the buffer need not hold more.
SNAPSHOT = 4_000
# Seconds that the process has to open an interface.
OPEN_SECONDS = 10.0
# Seconds that it has to write what the kernel's buffer holds.
FINISH_SECONDS = 3.0
# Lines of standard error kept to explain an end.
KEPT_LINES = 8

Filters = Mapping[int, bytes]
Heard = Callable[[str], None]


def _unheard(_sender: str) -> None:
    """Tell nobody who is loud: in a file, nothing is dropped."""


class CaptureProcess:
    """
    One capture process; what it writes goes to a pipe that only the next process holds.

    Args:
        process: it.
        wishes: what it is told by; None where it reads a file.
        loud: told who sends most of the frames while the kernel drops some.
    """

    def __init__(
        self, process: Process, wishes: socket.socket | None = None, loud: Heard = _unheard
    ) -> None:
        self._process, self._wishes = process, wishes
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._opened = asyncio.Event()
        self.counts = CaptureStats()
        self.heard_at = time.monotonic()
        self.link = 0  # the interface's link type
        self.in_kernel = b""  # the filter
        self._loud = loud
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def live(cls, interface: str, filters: Filters, loud: Heard) -> "CaptureProcess":
        """
        Open an interface; return when the kernel captures on it, to what it will be given.

        Args:
            interface: its name.
            filters: the kernel filter for each link type.
            loud: told who sends most of the frames while the kernel drops some.

        Raises:
            CaptureError: it could not be opened; the message is libpcap's own.
        """
        arguments = ["live", interface, str(BUFFER), str(SNAPSHOT)]
        wishes, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wishes.setblocking(False)
        with theirs:
            process = await _start(arguments, filters, theirs.fileno(), DEVNULL)
        front = cls(process, wishes, loud)
        if not await front.opened() or front.link not in filters:
            await front.close()
            raise CaptureError(f"{interface}: {front.last_words or 'libpcap did not open it'}")
        front.in_kernel = filters[front.link]
        return front

    @classmethod
    async def file(cls, source: int, filters: Filters, output: int) -> "CaptureProcess":
        """Filter the capture that is read from a file descriptor, to another."""
        return cls(await _start(["file"], filters, source, output))

    def heir(self, output: int, pulse: bytes) -> None:
        """
        Prepare another output.

        Args:
            output: file descriptor to write the capture to.
            pulse: slipped in at once, and each second when it has succeeded; its end becomes the
                moment. Empty for none.
        """
        self._wish(b"heir " + pulse, output)

    def succeed(self) -> None:
        """Put the output that was prepared in the place of the one in use, at a frame's end."""
        self._wish(b"succeed")

    def refilter(self, program: bytes) -> None:
        """Have a filter in the kernel; where it changes, that rejects everything for a moment."""
        if program != self.in_kernel:
            self.in_kernel = program
            self._wish(b"filter " + program)

    def _wish(self, wish: bytes, *descriptors: int) -> None:
        if self._wishes is None:  # it is to end
            return
        try:
            socket.send_fds(self._wishes, [wish], descriptors)
        except BlockingIOError:
            # It has not listened for long. That is noticed when it has ended, and all is told anew.
            send(self._process, signal.SIGKILL)
        except (BrokenPipeError, ConnectionResetError):
            self._hang_up()  # it has ended, which is noticed where nothing more comes of it

    def _hang_up(self) -> None:
        if self._wishes is not None:
            self._wishes.close()
            self._wishes = None

    async def opened(self) -> bool:
        """Wait until it captures, or has said that it does not; tell which."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), OPEN_SECONDS)
        return self._opened.is_set() and not self._lines

    @property
    def pid(self) -> int:
        """The capture process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """Why it ended, as far as it said."""
        return self._lines[-1] if self._lines else ""

    async def wait(self) -> int:
        """Wait until the process ends, and for all it said; return its exit status."""
        await self._reader
        return await self._process.wait()

    async def finish(self) -> bool:
        """
        Capture no more, and end the process when it has written what it holds.

        Returns:
            Whether it had the time to.
        """
        self._hang_up()
        try:
            await asyncio.wait_for(self._process.wait(), FINISH_SECONDS)
        except TimeoutError:
            return False
        finally:
            await self.close()
        return True

    async def close(self) -> None:
        """End the process."""
        self._hang_up()
        await end(self._process)
        await self._reader

    async def _read(self) -> None:
        """Read what it says: `open`, `counts`, `loud`, or what went wrong."""
        assert self._process.stderr is not None
        while line := await next_line(self._process.stderr):
            self.heard_at = time.monotonic()
            text = line.decode("utf-8", "backslashreplace").strip()
            if text and not self._understands(*text.split()):
                self._lines.append(text.removeprefix("error "))
        self._opened.set()

    def _understands(self, word: str, *rest: str) -> bool:
        """Take note of a report; tell whether it is one. Who reads frames is not trusted."""
        try:
            match word, rest:
                case "counts", (received, dropped):
                    self.counts = CaptureStats(int(received), int(dropped))
                case "open", (link,):
                    self.link = int(link)
                    self._opened.set()
                case "loud", (sender,):
                    self._loud(str(ip_address(sender)))
                case _:
                    return False
        except ValueError:
            return False
        return True


async def _start(arguments: list[str], filters: Filters, source: int, output: int) -> Process:
    """Start the capture process on two file descriptors."""
    reader = _written(b"".join(b"%d %d\n%b" % (k, len(v), v) for k, v in filters.items()))
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", PROGRAM, str(reader), *arguments,
            stdin=source, stdout=output, stderr=PIPE, pass_fds=(reader,), process_group=OWN_GROUP,
        )  # fmt: skip
    finally:
        os.close(reader)


def _written(data: bytes) -> int:
    """Return a pipe from which some bytes can be read, however many."""
    reader, writer = os.pipe()

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=write, daemon=True).start()
    return reader
