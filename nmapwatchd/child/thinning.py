"""
Thin out frames that anyone can forge, while they are more than can be processed.

A flood from forged addresses has no source that could be shed. It consists of frames that require
no reply: bare segments and datagrams. The kernel filter marks these by what it returns. While they
overload the sensor, the kernel accepts one in so many of them, at random; data over TCP, which
names the scanner, all passes.
"""

import struct
from collections import deque

# What the kernel filter returns for a frame that anyone can forge: more bytes than any frame has.
SPOOFABLE_FRAME = 0x4_0001
# One in so many frames is accepted, by level: the last is for ten million a second. In small steps,
# so that a flood somewhat beyond what the sensor processes hides no more than it must.
FACTORS = (1, 4, 16, 64, 256, 1_024, 4_096)
# Nanoseconds that frames wait in the kernel's buffer when the sensor is overloaded: longer than a
# pause of the sensor, a tenth of the lag at which it counts as blind.
OVERLOAD_NANOSECONDS = 500_000_000
# Frames between two reports up to which a busy machine still processes four times as many.
FEW_FRAMES = 32
# Reports (four a second) after a change until its effect is assessed, until fewer frames are
# dropped, until that is tried however many there are, and until a level that had no effect is tried
# again.
SETTLE, EASE, RETRY, REST = 2, 8, 120, 8
# Reports within which the overload is the flood of one source that is then shed: it is found within
# a second.
RECENT = 4

# struct sock_filter of linux/filter.h, and codes of linux/bpf_common.h.
_INSTRUCTION = struct.Struct("HBBI")
_LD_W_ABS, _JA, _JGE, _RET = 0x20, 0x05, 0x35, 0x06
_RANDOM = 0xFFFF_F000 + 56  # SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h
_MAXIMUM_INSTRUCTIONS = 4_096


def thinned(bpf: bytes, factor: int) -> bytes:
    """
    Return a kernel filter that accepts one in so many frames that anyone can forge.

    libpcap cannot draw random numbers: of the frames that wait in the kernel's buffer when it sets
    the filter, it discards these all.

    Args:
        bpf: the filter.
        factor: one in so many.
    """
    program = [list(fields) for fields in _INSTRUCTION.iter_unpack(bpf)]
    size = len(program)
    if factor == 1 or size + 4 > _MAXIMUM_INSTRUCTIONS:
        return bpf
    for place, (code, _, _, constant) in enumerate(program):
        if code == _RET and constant == SPOOFABLE_FRAME:
            program[place] = [_JA, 0, 0, size - place - 1]
    program += (
        [_LD_W_ABS, 0, 0, _RANDOM],
        [_JGE, 1, 0, 0x1_0000_0000 // factor],
        [_RET, 0, 0, SPOOFABLE_FRAME],
        [_RET, 0, 0, 0],
    )
    return b"".join(_INSTRUCTION.pack(*fields) for fields in program)


class Thinning:
    """Decides, report by report, how many frames pass that anyone can forge."""

    def __init__(self) -> None:
        self._level = 0
        self._reports = 0  # since the last change
        self._frames_before = 0  # between two reports, before the level was raised
        self._rest = 0  # reports until it may be raised
        self._levels = deque([0], RECENT)  # at the last reports

    @property
    def factor(self) -> int:
        """One in so many of these frames passes."""
        return FACTORS[self._level]

    def update(self, frames: int, drops: int, delay: int, *, has_new_filter: bool = False) -> bool:
        """
        Return whether the factor has changed.

        Args:
            frames: those that the filter has accepted since the last report.
            drops: those of them that were dropped.
            delay: nanoseconds that the latest frame has waited in the kernel's buffer.
            has_new_filter: whether the service has set another filter since the last report: it
                sheds other sources now.
        """
        self._reports += 1
        self._rest = max(0, self._rest - 1)
        lowest = min(self._levels)
        self._levels.append(self._level)
        if has_new_filter and lowest < self._level:  # what is shed now was the overload
            return self._change(lowest)
        if self._reports < SETTLE:
            return False
        if self._reports == SETTLE and self._frames_before and 2 * frames > self._frames_before:
            self._rest = REST  # other frames are the overload
            return self._change(self._level - 1)
        # A machine without time to spare delays few frames as well: there, nothing is gained.
        if drops or (delay > OVERLOAD_NANOSECONDS and frames > FEW_FRAMES):
            if self._rest or self._level + 1 == len(FACTORS):
                return False
            step = 2 if 2 * drops > frames else 1  # far beyond what the sensor processes
            return self._change(min(self._level + step, len(FACTORS) - 1), frames)
        is_over = frames <= FEW_FRAMES and self._reports >= EASE
        if self._level and (is_over or self._reports >= RETRY):
            return self._change(self._level - 1)
        return False

    def _change(self, level: int, frames_before: int = 0) -> bool:
        self._level, self._reports, self._frames_before = level, 0, frames_before
        return True
