"""Frames go to the writer in use; writers change between two frames; the end loses none."""

import ctypes
import os
import socket
import struct
import time
from ctypes import CDLL
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from nmapwatchd.child.libpcap import LOOP_BROKEN, PcapError, load_libpcap
from nmapwatchd.child.live_capture import LiveCapture, Thin, drain
from nmapwatchd.child.protocol import DISSECTOR, PrepareOutput, SetFilter, SwitchOutput
from tests.frames import frames_of

FRAMES = 3
ACCEPT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)
REJECT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
CANARY = b"canary " + bytes(16)


class Interface:
    """
    libpcap with a handle that is no interface's: its loop calls what a test plans, then breaks.

    All that writes is libpcap's own.
    """

    def __init__(self) -> None:
        self._pcap = load_libpcap()
        self._pcap.pcap_open_dead.restype = ctypes.c_void_p
        self.handle: int = self._pcap.pcap_open_dead(1, 65_535)
        self._quiet, self._end = os.pipe()  # never readable: no frame waits
        self.plan: list[object] = []
        self.filters: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._pcap, name)

    def pcap_fileno(self, _handle: int) -> int:
        return self._quiet

    def pcap_breakloop(self, _handle: int) -> None:
        """Its loop ends by itself."""

    def pcap_setnonblock(self, *_: object) -> int:
        return 0

    def pcap_setfilter(self, _handle: int, program: ctypes.c_void_p) -> int:
        self.filters.append(program._obj.length)  # type: ignore[attr-defined]
        return 0

    def pcap_dispatch(self, _handle: int, _count: int, _write: object, dumper: int) -> int:
        step = self.plan.pop(0) if self.plan else None
        if isinstance(step, bytes):
            header = (ctypes.c_long * 3)(1, 0, len(step) | len(step) << 32)
            self._pcap.pcap_dump.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
            self._pcap.pcap_dump(dumper, ctypes.byref(header), step)
            return 1
        if callable(step):
            step()
        return step if isinstance(step, int) else LOOP_BROKEN


@pytest.fixture
def interface(monkeypatch: pytest.MonkeyPatch) -> Interface:
    monkeypatch.setattr("nmapwatchd.child.live_capture.drain", lambda _pcap, _handle, _dumper: None)
    return Interface()


def started(interface: Interface) -> LiveCapture:
    return LiveCapture(cast(CDLL, interface), interface.handle, {DISSECTOR: ACCEPT_ALL})


def output(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT)


def test_each_frame_is_written_to_the_writer_in_use(interface: Interface, tmp_path: Path) -> None:
    capture = started(interface)
    for name in ("one", "two"):
        capture.submit(PrepareOutput(DISSECTOR, b"", output(tmp_path / name)))
        if name == "one":
            capture.submit(SwitchOutput(DISSECTOR))

    def switch() -> None:
        capture.submit(SwitchOutput(DISSECTOR))

    interface.plan = [b"a", b"b", switch, b"c", lambda: capture.submit(None)]
    capture.run()

    assert frames_of(tmp_path / "one") == [b"a", b"b"]
    assert frames_of(tmp_path / "two") == [b"c"]


def test_a_switch_to_no_writer_changes_nothing(interface: Interface, tmp_path: Path) -> None:
    capture = started(interface)
    capture.submit(PrepareOutput(DISSECTOR, b"", output(tmp_path / "one")))
    capture.submit(SwitchOutput(DISSECTOR))
    capture.submit(SwitchOutput(DISSECTOR))
    interface.plan = [b"a", lambda: capture.submit(None)]
    capture.run()

    assert frames_of(tmp_path / "one") == [b"a"]


def test_the_canary_has_the_time_and_is_injected_when_it_is_due(
    interface: Interface, tmp_path: Path
) -> None:
    capture = started(interface)
    before = time.monotonic_ns()
    capture.submit(PrepareOutput(DISSECTOR, CANARY, output(tmp_path / "one")))
    capture.submit(SwitchOutput(DISSECTOR))
    interface.plan = [b"a", capture.request_canary, b"b", lambda: capture.submit(None)]
    capture.run()
    first, a, second, b = frames_of(tmp_path / "one")
    times = [int(frame[-16:], 16) for frame in (first, second)]

    assert (a, b, first[:7], second[:7]) == (b"a", b"b", CANARY[:7], CANARY[:7])
    assert before <= times[0] <= times[1] <= time.monotonic_ns()


def test_without_a_canary_none_is_injected(interface: Interface, tmp_path: Path) -> None:
    capture = started(interface)
    capture.submit(PrepareOutput(DISSECTOR, b"", output(tmp_path / "one")))
    capture.submit(SwitchOutput(DISSECTOR))
    interface.plan = [capture.request_canary, b"a", lambda: capture.submit(None)]
    capture.run()

    assert frames_of(tmp_path / "one") == [b"a"]


def test_a_filter_is_set_in_the_kernel(interface: Interface, tmp_path: Path) -> None:
    capture = started(interface)
    assert capture.kernel_filter == ACCEPT_ALL
    capture.submit(SetFilter(DISSECTOR, REJECT_ALL * 2))
    capture.submit(None)
    capture.run()

    assert capture.kernel_filter == REJECT_ALL * 2
    assert interface.filters == [2]


def test_frames_are_thinned_out_by_whatever_filter_is_set(interface: Interface) -> None:
    capture = started(interface)
    capture.latest_delay = 7
    capture.submit(Thin(16))
    capture.submit(SetFilter(DISSECTOR, REJECT_ALL * 2))
    capture.submit(Thin(1))
    capture.submit(None)
    capture.run()

    assert interface.filters == [1 + 4, 2 + 4, 2]
    assert capture.filters_set == 1  # by the service
    assert capture.kernel_filter == REJECT_ALL * 2
    assert capture.latest_delay == 0


def test_an_interface_that_cannot_be_read_is_an_error(interface: Interface, tmp_path: Path) -> None:
    capture = started(interface)
    capture.submit(PrepareOutput(DISSECTOR, b"", output(tmp_path / "one")))
    capture.submit(SwitchOutput(DISSECTOR))
    interface.plan = [-1]

    with pytest.raises(PcapError):
        capture.run()


def test_a_break_of_the_loop_that_is_reported_late_does_not_end_a_drain() -> None:
    statuses = [1, LOOP_BROKEN, FRAMES - 1, 0]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as interface:
        pcap = SimpleNamespace(
            pcap_fileno=lambda _handle: interface.fileno(),
            pcap_setnonblock=lambda *_: 0,
            pcap_dispatch=lambda *_: statuses.pop(0),
            pcap_dump=None,
        )

        drain(cast(CDLL, pcap), 0, 0)

    assert not statuses
