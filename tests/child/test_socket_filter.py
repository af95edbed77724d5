"""A socket receives what its last filter accepts; the kernel refuses what is not a filter."""

import socket
import struct

import pytest

from nmapwatchd.child.libpcap import REJECT_ALL
from nmapwatchd.child.socket_filter import INSTRUCTION_BYTES, attach_filter

ACCEPT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)  # BPF's `ret #65535`


def test_the_last_filter_decides() -> None:
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        receiver.setblocking(False)
        for bpf, message in ((ACCEPT_ALL, b"one"), (REJECT_ALL, b"two"), (ACCEPT_ALL, b"three")):
            attach_filter(receiver, bpf)
            sender.send(message)
        received = [receiver.recv(10), receiver.recv(10)]

    assert received == [b"one", b"three"]


def test_an_instruction_has_so_many_bytes() -> None:
    assert len(ACCEPT_ALL) == len(REJECT_ALL) == INSTRUCTION_BYTES


@pytest.mark.parametrize("bpf", [b"", b"\xff" * 8, ACCEPT_ALL * 4097])
def test_what_is_no_filter_is_refused(bpf: bytes) -> None:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as idle,
        pytest.raises(OSError, match="Invalid argument"),
    ):
        attach_filter(idle, bpf)
