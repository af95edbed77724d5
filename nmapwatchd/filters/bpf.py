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
# Instructions that a conditional jump goes over: what fits a byte, less two steps to labels that
# are further away.
_NEAR = 253


class Code(IntEnum):
    """The instructions used here, by their names in linux/bpf_common.h."""

    LD_LEN = 0x80
    LD_MEM = 0x60
    LDX_MEM = 0x61
    LDX_IMM = 0x01
    LD_ABS_W = 0x20
    LD_ABS_H = 0x28
    LD_ABS_B = 0x30
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
    JGT_X = 0x2D


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
        instructions, behind = _with_long_jumps(self._lines)
        if len(instructions) > MAXIMUM_INSTRUCTIONS:
            count = len(instructions)
            raise ValueError(f"{count} instructions; the kernel takes {MAXIMUM_INSTRUCTIONS}")
        program = b""
        for left, line in zip(reversed(range(len(instructions))), instructions, strict=True):
            then = left - behind[line.then] if line.then else 0
            otherwise = left - behind[line.otherwise] if line.otherwise else 0
            if line.code is Code.JA:
                program += struct.pack("=HBBI", line.code, 0, 0, then)
            else:
                program += struct.pack("=HBBI", line.code, then, otherwise, line.constant)
        return program


# How many instructions follow a label.
_Behind = dict[Label, int]


def _with_long_jumps(
    lines: Sequence[_Instruction | Label],
) -> tuple[Sequence[_Instruction], _Behind]:
    """
    Put unconditional jumps behind conditional ones whose label is too far away.

    As jumps go forward only, all that one can reach is known if lines are gone through from the
    last to the first. Jumps to one label share the step on the way to it.
    """
    found: list[_Instruction] = []  # from the last to the first
    behind: _Behind = {}
    steps: dict[Label, Label] = {}  # the nearest step to a label
    for line in reversed(lines):
        if isinstance(line, Label):
            behind[line] = len(found)
            continue
        if line.code is Code.JA or not (line.then or line.otherwise):
            found.append(line)
            continue
        after = Label()
        behind[after] = len(found)
        near = []
        for label in (line.then or after, line.otherwise or after):
            step = label
            if len(found) - behind[step] > _NEAR:
                step = steps.get(label, label)
            if len(found) - behind[step] > _NEAR:
                found.append(_Instruction(Code.JA, 0, label))
                step = steps[label] = Label()
                behind[step] = len(found)
            near.append(step)
        found.append(_Instruction(line.code, line.constant, *near))
    return found[::-1], behind
