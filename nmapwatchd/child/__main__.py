"""The capture process: libpcap from an interface or a capture file to a pipe; see `protocol`."""

import ctypes
import itertools
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from typing import NoReturn

from nmapwatchd.child.capabilities import drop_privileges
from nmapwatchd.child.inspection import after_link_header
from nmapwatchd.child.libpcap import (
    ERROR_BYTES,
    NANOSECONDS,
    FrameHeader,
    PcapError,
    Statistics,
    last_error,
    load_libpcap,
    set_filter,
)
from nmapwatchd.child.live_capture import BATCH_MILLISECONDS, LiveCapture, Thin
from nmapwatchd.child.protocol import (
    DISSECTOR,
    MAXIMUM_SAMPLE,
    Counts,
    Failure,
    InterfaceArguments,
    Opened,
    ProtocolError,
    Report,
    Thinned,
    TopTalker,
    parse_arguments,
    read_filters,
    receive_commands,
)
from nmapwatchd.child.sampler import SAMPLE_BYTES, FrameSampler, sample_of
from nmapwatchd.child.thinning import Thinning
from nmapwatchd.child.top_talker import TopTalkerSampler
from nmapwatchd.child.wide_counter import WideCounter

# Seconds between two reports of the kernel's counters: for how long a flood may go unnoticed.
REPORT_SECONDS = 0.25
# Reports per canary: one a second.
CANARY_REPORTS = 4

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _send(report: Report) -> None:
    os.write(sys.stderr.fileno(), report.encode())  # one call, because several threads report


def _fail(message: str) -> NoReturn:
    _send(Failure(message))
    sys.exit(1)


def _open_interface(pcap: ctypes.CDLL, arguments: InterfaceArguments) -> int:
    """Open an interface; return libpcap's handle."""
    error = ctypes.create_string_buffer(ERROR_BYTES)
    handle: int = pcap.pcap_create(arguments.interface.encode(), error)
    if not handle:
        raise PcapError(error.value.decode(errors="replace"))
    pcap.pcap_set_snaplen(handle, arguments.snapshot)
    pcap.pcap_set_promisc(handle, 1)
    pcap.pcap_set_buffer_size(handle, arguments.buffer)
    pcap.pcap_set_timeout(handle, BATCH_MILLISECONDS)
    pcap.pcap_set_tstamp_precision(handle, NANOSECONDS)
    status = pcap.pcap_activate(handle)
    if status < 0:  # above 0 are warnings, such as that promiscuous mode is not supported
        reason = pcap.pcap_statustostr(status).decode(errors="replace")
        detail = pcap.pcap_geterr(handle).decode(errors="replace")
        raise PcapError(f"{reason} ({detail})" if detail and detail != reason else reason)
    return handle


def _open_standard_input(pcap: ctypes.CDLL) -> int:
    """Open the capture file on standard input; return libpcap's handle."""
    error = ctypes.create_string_buffer(ERROR_BYTES)
    handle: int = pcap.pcap_open_offline_with_tstamp_precision(b"-", NANOSECONDS, error)
    if not handle:
        raise PcapError(error.value.decode(errors="replace"))
    return handle


def _set_initial_filter(pcap: ctypes.CDLL, handle: int, filters: Mapping[int, bytes]) -> int:
    """Set the filter for the handle's link type; return that type."""
    link: int = pcap.pcap_datalink(handle)
    if link not in filters:
        raise PcapError(f"no filter for link type {link}")
    set_filter(pcap, handle, filters[link])
    return link


def _report_periodically(
    pcap: ctypes.CDLL, handle: int, sampler: TopTalkerSampler, capture: LiveCapture
) -> None:
    """Report counters, thin frames out, report the top talker; request canaries."""
    statistics = Statistics()
    frames, drops = WideCounter(), WideCounter()
    thinning = Thinning()
    filters_set = 0
    for number in itertools.count():
        time.sleep(REPORT_SECONDS)
        if number % CANARY_REPORTS == 0:
            capture.request_canary()
        if pcap.pcap_stats(handle, ctypes.byref(statistics)) != 0:
            continue
        new_frames = frames.update(statistics.received)
        new_drops = drops.update(statistics.dropped + statistics.dropped_by_interface)
        _send(Counts(frames.total, drops.total))
        has_new_filter = capture.filters_set != filters_set
        filters_set = capture.filters_set
        if thinning.update(
            new_frames, new_drops, capture.latest_delay, has_new_filter=has_new_filter
        ):
            capture.submit(Thin(thinning.factor))
            _send(Thinned(thinning.factor))
        if new_drops:
            address = sampler.top_talker(capture.kernel_filter)
            if address:
                _send(TopTalker(address))


def _submit_commands(capture: LiveCapture) -> None:
    """Submit the commands from standard input; finish after the last."""
    try:
        with socket.socket(fileno=sys.stdin.fileno()) as commands:
            for command in receive_commands(commands):
                capture.submit(command)
    finally:
        capture.submit(None)


def _capture_interface(
    pcap: ctypes.CDLL, filters: Mapping[int, bytes], arguments: InterfaceArguments
) -> None:
    """Capture on an interface until the commands end."""
    handle = _open_interface(pcap, arguments)
    link = _set_initial_filter(pcap, handle, filters)
    # Opened while privileged; they receive nothing until they are bound to a protocol.
    packet_socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sample_socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    drop_privileges()
    _send(Opened(link))
    capture = LiveCapture(pcap, handle, {DISSECTOR: filters[link]})
    sampler = TopTalkerSampler(packet_socket, arguments.interface, link)
    reporting = (pcap, handle, sampler, capture)
    threading.Thread(target=_report_periodically, args=reporting, daemon=True).start()
    frames = FrameSampler(sample_socket, arguments.interface)
    threading.Thread(target=frames.run, args=(_send,), daemon=True).start()
    threading.Thread(target=_submit_commands, args=(capture,), daemon=True).start()
    capture.run()


def _sample_standard_input(pcap: ctypes.CDLL) -> None:
    """Report what the first frames of a capture file consist of, and return to its start."""
    handle = _open_standard_input(pcap)
    link: int = pcap.pcap_datalink(handle)
    header, data = ctypes.POINTER(FrameHeader)(), ctypes.POINTER(ctypes.c_char)()
    frames: list[tuple[int, bytes]] = []
    while len(frames) < MAXIMUM_SAMPLE:
        if pcap.pcap_next_ex(handle, ctypes.byref(header), ctypes.byref(data)) != 1:
            break
        size = min(header.contents.captured, SAMPLE_BYTES)
        frames.append(after_link_header(bytes(data[:size]), link))
    _send(sample_of(frames))
    libc = ctypes.CDLL(None)
    libc.rewind(ctypes.c_void_p.in_dll(libc, "stdin"))


def _filter_file(pcap: ctypes.CDLL, filters: Mapping[int, bytes]) -> None:
    """Filter the capture file on standard input to standard output."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end with the reader
    drop_privileges()
    if sys.stdin.seekable():
        _sample_standard_input(pcap)
    handle = _open_standard_input(pcap)
    dumper: int = pcap.pcap_dump_open(handle, b"-")
    if not dumper:
        raise last_error(pcap, handle)
    link = _set_initial_filter(pcap, handle, filters)
    _send(Opened(link))
    status = pcap.pcap_loop(handle, -1, pcap.pcap_dump, dumper)
    pcap.pcap_dump_flush(dumper)
    if status == -1:
        raise last_error(pcap, handle)


def main(arguments: list[str]) -> int:
    """Run the capture process; return its exit status."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # end with the service
    try:
        pcap = load_libpcap()
    except OSError:
        _fail("libpcap is not installed; install Debian's package libpcap0.8")
    try:
        started = parse_arguments(arguments)
        with os.fdopen(started.filters, "rb") as file:
            filters = read_filters(file)
        if isinstance(started, InterfaceArguments):
            _capture_interface(pcap, filters, started)
        else:
            _filter_file(pcap, filters)
    except (PcapError, ProtocolError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"the capture process: {error.strerror}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
