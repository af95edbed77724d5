"""
Assembles classic BPF, the kernel's packet filter language.

An instruction is eight bytes: code, two short jumps, a constant (linux/filter.h). A conditional
jump reaches 255 instructions; where a label is further away, an unconditional jump is put in
between. Jumps go forward only, so that every program ends.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

# What the Linux kernel takes (BPF_MAXINSNS in linux/bpf_common.h).
MAXIMUM_INSTRUCTIONS = 4_096
# Furthest that a conditional jump reaches: its offset is one byte.
_SHORT = 255


class Code(IntEnum):
    """The instructions used here, by their names in linux/bpf_common.h."""

    LD_LEN = 0x80
    LD_MEM = 0x60
    LDX_MEM = 0x61
    LDX_IMM = 0x01
    LD_ABS_H = 0x28
    LD_IND_W = 0x40
    LD_IND_H = 0x48
    LD_IND_B = 0x50
    LD_IMM = 0x00
    ST = 0x02
    STX = 0x03
    ADD_K = 0x04
    ADD_X = 0x0C
    SUB_X = 0x1C
    AND_K = 0x54
    LSH_K = 0x64
    RSH_K = 0x74
    TAX = 0x07
    TXA = 0x87
    RET_K = 0x06
    JA = 0x05
    JEQ = 0x15
    JGT = 0x25
    JGE = 0x35
    JSET = 0x45


class Label:
    """A place in a program, bound once."""


@dataclass(slots=True)
class _Instruction:
    code: Code
    constant: int = 0
    then: Label | None = None  # None is the next instruction
    otherwise: Label | None = None


class Assembler:
    """Collects instructions and the places of labels."""

    def __init__(self) -> None:
        self._lines: list[_Instruction | Label] = []

    def put(self, code: Code, constant: int = 0) -> None:
        """Add an instruction that goes on to the next."""
        self._lines.append(_Instruction(code, constant))

    def jump(
        self,
        code: Code,
        constant: int,
        *,
        then: Label | None = None,
        otherwise: Label | None = None,
    ) -> None:
        """Add a conditional jump; without a label it goes on to the next instruction."""
        self._lines.append(_Instruction(code, constant, then, otherwise))

    def go(self, label: Label) -> None:
        """Add an unconditional jump."""
        self._lines.append(_Instruction(Code.JA, 0, label))

    def bind(self, label: Label) -> None:
        """Say that a label is here."""
        self._lines.append(label)

    def assemble(self) -> bytes:
        """
        Return the program.

        Raises:
            ValueError: it is longer than the kernel takes.
        """
        lines = _with_long_jumps(self._lines)
        places = _places(lines)
        program = b""
        here = 0
        for line in lines:
            if isinstance(line, Label):
                continue
            here += 1
            then = places[line.then] - here if line.then else 0
            otherwise = places[line.otherwise] - here if line.otherwise else 0
            if line.code is Code.JA:
                program += struct.pack("=HBBI", line.code, 0, 0, then)
            else:
                program += struct.pack("=HBBI", line.code, then, otherwise, line.constant)
        if here > MAXIMUM_INSTRUCTIONS:
            raise ValueError(f"{here} instructions; the kernel takes {MAXIMUM_INSTRUCTIONS}")
        return program


_Lines = Sequence[_Instruction | Label]


def _places(lines: _Lines) -> dict[Label, int]:
    """Return the number of the instruction that follows each label."""
    places: dict[Label, int] = {}
    here = 0
    for line in lines:
        if isinstance(line, Label):
            places[line] = here
        else:
            here += 1
    return places


def _with_long_jumps(lines: _Lines) -> _Lines:
    """Put unconditional jumps behind conditional ones whose label is too far away."""
    while True:
        places = _places(lines)
        changed = False
        longer: list[_Instruction | Label] = []
        here = 0
        for line in lines:
            longer.append(line)
            if isinstance(line, Label):
                continue
            here += 1
            if line.code is Code.JA or not (line.then or line.otherwise):
                continue
            far = [
                label
                for label in (line.then, line.otherwise)
                if label is not None and places[label] - here > _SHORT
            ]
            if not far:
                continue
            changed = True
            after = Label()
            steps = {label: Label() for label in dict.fromkeys(far)}
            line.then = steps.get(line.then, line.then) if line.then else after
            line.otherwise = steps.get(line.otherwise, line.otherwise) if line.otherwise else after
            for label, step in steps.items():
                longer += [step, _Instruction(Code.JA, 0, label)]
            longer.append(after)
        if not changed:
            return lines
        lines = longer
