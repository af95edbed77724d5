"""
A SYN that asks for tiny segments counts against its source, but names nobody.

Strings that are cut into segments of a few bytes are not found, because segments are not
reassembled; README.md states so.
"""

import struct
from pathlib import Path

import pytest

from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from tests.packets import TcpShape, replayed, rule_ids, tcp

EVIDENCE = WindowPolicy().scores[Confidence.WEAK]


def syn(mss: int, port: int = 80) -> bytes:
    """Return the SYN of an ordinary stack with a maximum segment size."""
    options = struct.pack(">BBHBBBB", 2, 4, mss, 4, 2, 1, 1)
    return tcp(TcpShape(0x02, 64240, options, sequence=7), ports=(40_000, port), number=port)


@pytest.mark.parametrize("mss", [28, 48, 88, 255])
def test_a_syn_that_asks_for_tiny_segments_is_evidence(mss: int, tmp_path: Path) -> None:
    """A SYN with a maximum segment size that no usual stack announces counts against the source."""
    assert rule_ids(replayed(tmp_path, [syn(mss)], EVIDENCE)) == {"tcp.tiny-mss"}


@pytest.mark.parametrize("mss", [256, 536, 1460])
def test_a_usual_segment_size_is_no_evidence(mss: int, tmp_path: Path) -> None:
    """A device with a small memory that follows the standards counts for nothing."""
    assert replayed(tmp_path, [syn(mss)], EVIDENCE) == []


def test_tiny_segments_alone_name_nobody(tmp_path: Path) -> None:
    """A device that can take tiny segments only is not named, however many hosts it speaks to."""
    assert replayed(tmp_path, [syn(88, port) for port in range(1, 40)]) == []
