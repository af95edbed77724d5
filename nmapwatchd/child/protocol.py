"""
The protocol between the service and the capture process.

The service starts the capture process as

    python3 -I -m nmapwatchd.child FILTERS live INTERFACE BUFFER SNAPSHOT
        to capture on an interface
    python3 -I -m nmapwatchd.child FILTERS file
        to filter the capture file on standard input to standard output

`FILTERS` is a file descriptor from which the process reads the initial BPF filter for each link
type: a line `LINK LENGTH`, then `LENGTH` bytes. `BUFFER` is the size of the kernel's buffer,
`SNAPSHOT` the number of bytes to capture of a frame.

The process writes reports to standard error, a line each:

    open LINK              it captures now; the link type of the interface or file
    counts FRAMES DROPS    total frames accepted by the filter, and how many of them were dropped
    top-talker ADDRESS     the source of most frames while frames are dropped
    thinned FACTOR         one in so many frames that anyone can forge passes the filter from now on
    sampled FRAMES PATH=COUNT ...
                           sampled frames, filtered or not, and how many of them are wrapped in
                           what; see `inspection`. Of a file that can seek, its first frames
    error MESSAGE          why the process exits with status 1

When it captures on an interface, standard input is a SOCK_SEQPACKET socket on which it receives
commands, a message each:

    prepare-output OUTPUT CANARY   open another writer, on the pipe whose descriptor is passed with
                                   the message; write a capture file's header and the canary to it
    switch-output OUTPUT           write to the prepared writer from the next frame on
    set-filter OUTPUT BPF          replace the filter

`OUTPUT` is a name of `OUTPUTS`; each output has a writer and a filter of its own. `CANARY` is a
frame that is injected when the writer is opened and each second while it is in use; its last
`TIMESTAMP_DIGITS` bytes are replaced by the time, in hexadecimal nanoseconds of the monotonic
clock, at which the frame after it was captured. It is empty if the link type allows none.

When the service closes the socket, or a command is invalid, the process writes what the kernel has
captured, and exits.

Neither side trusts the other: an invalid or truncated command is not executed, and a line that is
not a valid report is an error message, such as Python's own.
"""

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from nmapwatchd.child.socket_filter import INSTRUCTION_BYTES

DISSECTOR = "dissector"  # the pipe that tshark reads
OUTPUTS = frozenset({DISSECTOR})

TIMESTAMP_DIGITS = 16
MAXIMUM_CANARY = 1_024  # bytes
MAXIMUM_FILTER = 4_096 * INSTRUCTION_BYTES  # BPF_MAXINSNS of linux/bpf_common.h
MAXIMUM_COMMAND = MAXIMUM_FILTER + 64  # bytes, for the names before the filter

# Of a report of sampled frames: different paths, and frames.
MAXIMUM_PATHS = 8
MAXIMUM_SAMPLE = 1_000

_PATH = re.compile(r"[a-z0-9-]{1,24}(?:/[a-z0-9-]{1,24}){0,7}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)


class ProtocolError(ValueError):
    """A message is invalid; `str()` says why."""


class InterfaceArguments(NamedTuple):
    """
    Start-up arguments to capture on an interface.

    Args:
        filters: descriptor from which the initial filters are read.
        interface: its name.
        buffer: size of the kernel's buffer, bytes.
        snapshot: maximum bytes captured of a frame.
    """

    filters: int
    interface: str
    buffer: int
    snapshot: int

    def encode(self) -> list[str]:
        """Return the command line's arguments."""
        return [str(self.filters), "live", self.interface, str(self.buffer), str(self.snapshot)]


class FileArguments(NamedTuple):
    """
    Start-up arguments to filter standard input to standard output.

    Args:
        filters: descriptor from which the initial filters are read.
    """

    filters: int

    def encode(self) -> list[str]:
        """Return the command line's arguments."""
        return [str(self.filters), "file"]


Arguments = InterfaceArguments | FileArguments


class PrepareOutput(NamedTuple):
    """
    Open another writer for an output.

    Args:
        output: a name of `OUTPUTS`.
        canary: the frame to inject; empty for none.
        descriptor: the pipe's writing end, which is passed with the message.
    """

    output: str
    canary: bytes
    descriptor: int

    def encode(self) -> bytes:
        """Return the message without its descriptor."""
        return b"prepare-output %b %b" % (self.output.encode(), self.canary)


class SwitchOutput(NamedTuple):
    """
    Write an output to its prepared writer from the next frame on.

    Args:
        output: a name of `OUTPUTS`.
    """

    output: str

    def encode(self) -> bytes:
        """Return the message."""
        return b"switch-output %b" % self.output.encode()


class SetFilter(NamedTuple):
    """
    Replace an output's filter.

    Args:
        output: a name of `OUTPUTS`.
        bpf: 1 to 4096 instructions of classic BPF.
    """

    output: str
    bpf: bytes

    def encode(self) -> bytes:
        """Return the message."""
        return b"set-filter %b %b" % (self.output.encode(), self.bpf)


Command = PrepareOutput | SwitchOutput | SetFilter


class Opened(NamedTuple):
    """
    The process captures.

    Args:
        link: the link type (DLT_* of pcap/dlt.h).
    """

    link: int

    def encode(self) -> bytes:
        """Return the line."""
        return b"open %d\n" % self.link


class Counts(NamedTuple):
    """
    Totals since the interface was opened.

    Args:
        frames: frames that the filter accepted.
        drops: frames of these that were dropped.
    """

    frames: int
    drops: int

    def encode(self) -> bytes:
        """Return the line."""
        return b"counts %d %d\n" % self


class TopTalker(NamedTuple):
    """
    The source of most frames while frames are dropped.

    Args:
        address: an IPv4 or IPv6 address.
    """

    address: str

    def encode(self) -> bytes:
        """Return the line."""
        return b"top-talker %b\n" % self.address.encode()


class Thinned(NamedTuple):
    """
    How many frames pass the filter that anyone can forge, from now on.

    Args:
        factor: one in so many; 1 for all.
    """

    factor: int

    def encode(self) -> bytes:
        """Return the line."""
        return b"thinned %d\n" % self.factor


class Sampled(NamedTuple):
    """
    Frames of a sample, and what is around the packets in them.

    Args:
        frames: the number of frames, at most `MAXIMUM_SAMPLE`.
        paths: at most `MAXIMUM_PATHS`, with their numbers of frames; ordinary ones are left out.
    """

    frames: int
    paths: tuple[tuple[str, int], ...] = ()

    def encode(self) -> bytes:
        """Return the line."""
        words = [f"{path}={count}" for path, count in self.paths]
        return " ".join(["sampled", str(self.frames), *words]).encode() + b"\n"


class Failure(NamedTuple):
    """
    An error.

    Args:
        message: one line; may be empty.
    """

    message: str

    def encode(self) -> bytes:
        """Return the line."""
        return b"error %b\n" % " ".join(self.message.split()).encode()


Report = Opened | Counts | TopTalker | Thinned | Sampled | Failure


def parse_arguments(arguments: Sequence[str]) -> Arguments:
    """
    Parse the start-up arguments.

    Raises:
        ProtocolError: they are invalid.
    """
    match arguments:
        case [filters, "live", interface, buffer, snapshot] if interface:
            return InterfaceArguments(
                _number(filters), interface, _number(buffer), _number(snapshot)
            )
        case [filters, "file"]:
            return FileArguments(_number(filters))
    raise ProtocolError("invalid arguments")


def encode_filters(filters: Mapping[int, bytes]) -> bytes:
    """Encode the initial filter for each link type."""
    return b"".join(b"%d %d\n%b" % (link, len(bpf), bpf) for link, bpf in filters.items())


def read_filters(file: BinaryIO) -> dict[int, bytes]:
    """
    Read the initial filter for each link type.

    Raises:
        ProtocolError: they are invalid or truncated.
    """
    filters: dict[int, bytes] = {}
    while line := file.readline(64):
        match line.decode("latin-1").split():
            case [link, size]:
                length = _number(size)
                bpf = file.read(length) if _is_filter_size(length) else b""
                if bpf and len(bpf) == length:
                    filters[_number(link)] = bpf
                    continue
        raise ProtocolError("invalid filters")
    return filters


def parse_command(message: bytes, descriptors: Sequence[int] = ()) -> Command:
    """
    Parse a command.

    Args:
        message: the whole message.
        descriptors: the file descriptors that were passed with it.

    Raises:
        ProtocolError: the command is invalid.
    """
    word, _, rest = message.partition(b" ")
    name, separator, argument = rest.partition(b" ")
    output = name.decode("latin-1")
    if output in OUTPUTS:
        match word, separator, len(descriptors):
            case b"prepare-output", b" ", 1 if _is_canary(argument):
                return PrepareOutput(output, argument, descriptors[0])
            case b"switch-output", b"", 0:
                return SwitchOutput(output)
            case b"set-filter", b" ", 0 if _is_filter_size(len(argument)):
                return SetFilter(output, argument)
    raise ProtocolError("invalid command")


def parse_report(line: bytes) -> Report:
    """Parse a line of standard error; a line that is not a valid report is a `Failure`."""
    text = line.decode("utf-8", "backslashreplace").strip()
    try:
        match text.split():
            case ["open", link]:
                return Opened(_number(link))
            case ["counts", frames, drops]:
                return Counts(_number(frames), _number(drops))
            case ["top-talker", address]:
                # Not with ipaddress, which each capture process would need 0.3 MB to import.
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                return TopTalker(socket.inet_ntop(family, socket.inet_pton(family, address)))
            case ["thinned", factor] if _number(factor):
                return Thinned(_number(factor))
            case ["sampled", frames, *paths]:
                return _sampled(_number(frames), paths)
    except (ValueError, OSError):
        pass
    return Failure(text.removeprefix("error "))


def send_command(to: socket.socket, command: Command) -> None:
    """
    Send a command, with its descriptor.

    Raises:
        OSError: the socket's buffer is full, or the process has ended.
    """
    descriptors = [command.descriptor] if isinstance(command, PrepareOutput) else []
    socket.send_fds(to, [command.encode()], descriptors)


def receive_commands(commands: socket.socket) -> Iterator[Command]:
    """Yield commands until the socket is closed, or one is invalid or truncated."""
    while True:
        message, descriptors, flags, _ = socket.recv_fds(commands, MAXIMUM_COMMAND, 1)
        if flags & socket.MSG_TRUNC:
            return
        try:
            command = parse_command(message, descriptors)
        except ProtocolError:
            return
        yield command


def _sampled(frames: int, words: Sequence[str]) -> Sampled:
    """
    Return a valid sample.

    Raises:
        ProtocolError: it is not.
    """
    paths: dict[str, int] = {}
    for word in words:
        path, _, count = word.partition("=")
        if path in paths or not _PATH.fullmatch(path):
            raise ProtocolError("not a path")
        paths[path] = _number(count)
    if frames > MAXIMUM_SAMPLE or len(paths) > MAXIMUM_PATHS or sum(paths.values()) > frames:
        raise ProtocolError("not a sample")
    return Sampled(frames, tuple(paths.items()))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ProtocolError("not a number")
    return int(text)


def _is_filter_size(size: int) -> bool:
    return 0 < size <= MAXIMUM_FILTER and size % INSTRUCTION_BYTES == 0


def _is_canary(frame: bytes) -> bool:
    return not frame or TIMESTAMP_DIGITS <= len(frame) <= MAXIMUM_CANARY
