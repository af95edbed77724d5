"""What the kernel holds when a capture ends is written to the last frame."""

import socket
from ctypes import CDLL
from types import SimpleNamespace
from typing import cast

from nmapwatchd.child.libpcap import BROKEN
from nmapwatchd.child.live_capture import drain

FRAMES = 3


def test_a_sign_that_comes_late_does_not_end_it() -> None:
    answers = [1, BROKEN, FRAMES - 1, 0]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as interface:
        pcap = SimpleNamespace(
            pcap_fileno=lambda _handle: interface.fileno(),
            pcap_setnonblock=lambda *_: 0,
            pcap_dispatch=lambda *_: answers.pop(0),
            pcap_dump=None,
        )

        drain(cast(CDLL, pcap), 0, 0)

    assert not answers
