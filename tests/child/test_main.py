"""The capture process filters a file to its last frame, or reports why it cannot."""

import struct
import subprocess
import sys
from os import close, pipe, write
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from nmapwatchd.child.libpcap import REJECT_ALL
from nmapwatchd.child.protocol import (
    MAXIMUM_SAMPLE,
    Failure,
    FileArguments,
    InterfaceArguments,
    Opened,
    Report,
    Sampled,
    encode_filters,
    parse_report,
)
from tests.frames import frame, frames_of, write_capture
from tests.wrapping import over_ip, vxlan

ACCEPT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)
# Accepts IPv4 only: `ldh [12]; jeq #0x800, 0, 1; ret #65535; ret #0`.
IPV4 = (
    struct.pack("HBBI", 0x28, 0, 0, 12)
    + struct.pack("HBBI", 0x15, 0, 1, 0x800)
    + ACCEPT_ALL
    + REJECT_ALL
)
FRAMES = [frame(b"%d" % n, source=source, destination=destination) for n in range(5)
          for source, destination in (("10.0.0.5", "10.0.0.8"), ("::5", "::8"))]  # fmt: skip


def child(
    data: bytes | BinaryIO, filters: bytes, arguments: list[str] | None = None
) -> tuple[bytes, list[Report], int]:
    """Run it on a pipe or a file; return its output, reports and exit status."""
    given: dict[str, Any] = {"input": data} if isinstance(data, bytes) else {"stdin": data}
    reader, writer = pipe()
    write(writer, filters)
    close(writer)
    done = subprocess.run(
        [sys.executable, "-I", "-m", "nmapwatchd.child",
         *(FileArguments(reader).encode() if arguments is None else [str(reader), *arguments])],
        capture_output=True, **given, pass_fds=(reader,), check=False, timeout=20,
    )  # fmt: skip
    close(reader)
    return done.stdout, [parse_report(line) for line in done.stderr.splitlines()], done.returncode


@pytest.fixture
def capture(tmp_path: Path) -> bytes:
    return write_capture(tmp_path / "in.pcap", FRAMES).read_bytes()


def test_a_file_is_filtered_to_its_last_frame(capture: bytes, tmp_path: Path) -> None:
    output, reports, status = child(capture, encode_filters({1: IPV4}))
    (tmp_path / "out.pcap").write_bytes(output)

    assert frames_of(tmp_path / "out.pcap") == FRAMES[::2]
    assert (reports, status) == ([Opened(1)], 0)


def test_the_first_frames_of_a_file_that_can_seek_are_sampled(tmp_path: Path) -> None:
    hidden = [over_ip(50, bytes(40)), vxlan(FRAMES[0]), FRAMES[0]]
    capture = write_capture(tmp_path / "in.pcap", hidden * MAXIMUM_SAMPLE)
    with capture.open("rb") as file:
        output, reports, status = child(file, encode_filters({1: IPV4}))
    (tmp_path / "out.pcap").write_bytes(output)

    assert reports == [Sampled(MAXIMUM_SAMPLE, (("esp", 334), ("vxlan", 333))), Opened(1)]
    assert frames_of(tmp_path / "out.pcap") == hidden * MAXIMUM_SAMPLE
    assert status == 0


def test_a_truncated_file_is_filtered_as_far_as_it_goes(capture: bytes, tmp_path: Path) -> None:
    output, reports, status = child(capture[:-1], encode_filters({1: ACCEPT_ALL}))
    (tmp_path / "out.pcap").write_bytes(output)

    assert frames_of(tmp_path / "out.pcap") == FRAMES[:-1]
    assert isinstance(reports[-1], Failure)
    assert "truncated dump file" in reports[-1].message
    assert status == 1


@pytest.mark.parametrize(
    ("data", "filters", "message"),
    [
        (b"this is not a capture file, not at all", {1: ACCEPT_ALL}, "unknown file format"),
        (None, {12: ACCEPT_ALL}, "no filter for link type 1"),
        (None, {1: b"\xff" * 8}, "BPF program is not valid"),
    ],
)
def test_what_it_cannot_filter_is_an_error(
    data: bytes | None, filters: dict[int, bytes], message: str, capture: bytes
) -> None:
    output, reports, status = child(capture if data is None else data, encode_filters(filters))

    assert isinstance(reports[-1], Failure)
    assert message in reports[-1].message
    assert (output[24:], status) == (b"", 1)


def test_an_interface_that_is_missing_is_an_error_in_libpcap_s_words() -> None:
    arguments = InterfaceArguments(0, "nope0", 1 << 20, 4_000).encode()[1:]
    _, reports, status = child(b"", encode_filters({1: ACCEPT_ALL}), arguments)

    assert isinstance(reports[-1], Failure)
    assert "No such device" in reports[-1].message or "permission" in reports[-1].message
    assert status == 1


@pytest.mark.parametrize(
    ("arguments", "filters", "message"),
    [(["other"], b"", "invalid arguments"), (["file"], b"1 16\nshort", "invalid filters")],
)
def test_an_invalid_start_is_an_error(arguments: list[str], filters: bytes, message: str) -> None:
    assert child(b"", filters, arguments)[1:] == ([Failure(message)], 1)


def test_it_imports_the_standard_library_and_its_own_package_alone() -> None:
    program = (
        "import sys, nmapwatchd.child.__main__\n"
        "names = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "mine = {n for n in sys.modules if n.startswith('nmapwatchd.')}\n"
        "print(*sorted(names), *sorted(n for n in mine if not n.startswith('nmapwatchd.child')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip

    assert done.stdout == "__main__ nmapwatchd\n"
