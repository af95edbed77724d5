"""Run classic BPF as the kernel does (net/core/filter.c), and count its cost."""

import struct
from dataclasses import dataclass

_SIZES = {0x00: 4, 0x08: 2, 0x10: 1}
_WORD = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Run:
    """
    The result of a frame.

    Args:
        returned: what the program returned: bytes of the frame to keep, 0 to reject it.
        instructions: how many were executed.
        loads: how many of them read the frame.
        memory: scratch memory at the end.
    """

    returned: int
    instructions: int
    loads: int
    memory: tuple[int, ...]

    @property
    def accepted(self) -> bool:
        """Whether the frame passes."""
        return self.returned > 0


def run(program: bytes, frame: bytes, wire: int | None = None) -> Run:
    """
    Run a program on a frame.

    Args:
        program: as passed to the kernel.
        frame: its captured bytes.
        wire: its bytes on the wire; None if all were captured.
    """
    lines = list(struct.iter_unpack("=HBBI", program))
    length = len(frame) if wire is None else wire
    memory = [0] * 16
    a = x = here = steps = loads = 0
    while True:
        code, then, otherwise, k = lines[here]
        here, steps = here + 1, steps + 1
        kind, mode, operand = code & 0x07, code & 0xE0, x if code & 0x08 else k
        if kind in (0, 1):  # load A, load X
            if mode in (0x20, 0x40):  # from the frame
                at, size, loads = k + (x if mode == 0x40 else 0), _SIZES[code & 0x18], loads + 1
                at &= _WORD
                if at + size > len(frame):
                    return Run(0, steps, loads, tuple(memory))
                value = int.from_bytes(frame[at : at + size])
            else:
                value = {0x00: k, 0x60: memory[k & 15], 0x80: length}[mode]
            a, x = (value, x) if kind == 0 else (a, value)
        elif kind in (2, 3):  # store A, store X
            memory[k] = a if kind == 2 else x
        elif kind == 4:  # arithmetic
            a = _arithmetic(code & 0xF0, a, operand)
        elif kind == 5:  # jump
            here += (
                k if code & 0xF0 == 0 else then if _is_true(code & 0xF0, a, operand) else otherwise
            )
        elif kind == 6:  # return
            return Run(k, steps, loads, tuple(memory))
        else:  # copy between A and X
            a, x = (x, x) if code & 0x80 else (a, a)


def _arithmetic(operation: int, a: int, operand: int) -> int:
    results = {
        0x00: a + operand, 0x10: a - operand, 0x50: a & operand,
        0x60: a << (operand & 31), 0x70: a >> (operand & 31),
    }  # fmt: skip
    return results[operation] & _WORD


def _is_true(operation: int, a: int, operand: int) -> bool:
    return {0x10: a == operand, 0x20: a > operand, 0x30: a >= operand, 0x40: bool(a & operand)}[
        operation
    ]
