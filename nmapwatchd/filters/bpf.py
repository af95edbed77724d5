"""
Assembler for classic BPF, the kernel's packet filter language.

An instruction is eight bytes: code, two short jump offsets, a constant (linux/filter.h). A
conditional jump reaches 255 instructions; for a label further away, an unconditional jump is
inserted. Jumps lead forward only, so every program terminates.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

# Limit of the Linux kernel (BPF_MAXINSNS in linux/bpf_common.h).
MAXIMUM_INSTRUCTIONS = 4_096
# Instructions that a conditional jump skips at most: a byte's range, less the two unconditional
# jumps that may be inserted directly after it.
_MAXIMUM_SKIP = 253


# Bytes of an encoded instruction.
INSTRUCTION = 8


class Code(IntEnum):
    """The instructions used here, as linux/bpf_common.h names them."""

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
    JGE_X = 0x3D


class Label:
    """A jump target, bound once."""


@dataclass(slots=True)
class _Instruction:
    code: Code
    constant: int = 0
    then: Label | None = None  # None is the next instruction
    otherwise: Label | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """
    A program, or the end of several.

    Args:
        code: the encoded instructions.
        following: how many instructions follow each label.
        relays: the nearest unconditional jump to a distant label.
    """

    code: bytes = b""
    following: Mapping[Label, int] = field(default_factory=dict)
    relays: Mapping[Label, Label] = field(default_factory=dict)


_NOTHING = Assembled()


class Assembler:
    """Collects instructions and labels, and encodes them as a program."""

    def __init__(self) -> None:
        self._lines: list[_Instruction | Label] = []

    def emit(self, code: Code, constant: int = 0) -> None:
        """Append an instruction that is not a jump."""
        self._lines.append(_Instruction(code, constant))

    def jump(
        self,
        code: Code,
        constant: int,
        *,
        then: Label | None = None,
        otherwise: Label | None = None,
    ) -> None:
        """
        Append a conditional jump.

        Args:
            code: the condition.
            constant: what A is compared with.
            then: target if the condition is true; None for the next instruction.
            otherwise: target if it is false; None for the next instruction.
        """
        self._lines.append(_Instruction(code, constant, then, otherwise))

    def goto(self, label: Label) -> None:
        """Append an unconditional jump."""
        self._lines.append(_Instruction(Code.JA, 0, label))

    def bind(self, label: Label) -> None:
        """Bind a label here."""
        self._lines.append(label)

    def assemble(self, end: Assembled = _NOTHING) -> bytes:
        """
        Return the encoded program.

        Args:
            end: what follows the instructions; they can jump to its labels.

        Raises:
            ValueError: it exceeds `MAXIMUM_INSTRUCTIONS`.
        """
        return checked(self.assemble_end(end).code)

    def assemble_end(self, end: Assembled = _NOTHING) -> Assembled:
        """Return the encoded instructions as the end of a program."""
        instructions, following, relays = _with_long_jumps(self._lines, end)
        size = len(end.code) // INSTRUCTION
        program = b""
        for left, line in zip(
            reversed(range(size, size + len(instructions))), instructions, strict=True
        ):
            then = left - following[line.then] if line.then else 0
            otherwise = left - following[line.otherwise] if line.otherwise else 0
            if line.code is Code.JA:
                program += struct.pack("=HBBI", line.code, 0, 0, then)
            else:
                program += struct.pack("=HBBI", line.code, then, otherwise, line.constant)
        return Assembled(program + end.code, following, relays)


def skip(count: int) -> bytes:
    """Return an encoded jump over some instructions."""
    return struct.pack("=HBBI", Code.JA, 0, 0, count)


def checked(program: bytes) -> bytes:
    """
    Return a program that the kernel takes.

    Raises:
        ValueError: it exceeds `MAXIMUM_INSTRUCTIONS`.
    """
    count = len(program) // INSTRUCTION
    if count > MAXIMUM_INSTRUCTIONS:
        raise ValueError(f"{count} instructions; the kernel takes {MAXIMUM_INSTRUCTIONS}")
    return program


def _with_long_jumps(
    lines: Sequence[_Instruction | Label], end: Assembled
) -> tuple[Sequence[_Instruction], Mapping[Label, int], Mapping[Label, Label]]:
    """
    Insert unconditional jumps after conditional ones whose label is out of reach.

    Lines are processed from the last to the first: as jumps lead forward only, every target is
    then known. Distant jumps to one label share the inserted jump if it is near enough.
    """
    found: list[_Instruction] = []  # from the last to the first
    following, relays = dict(end.following), dict(end.relays)
    size = len(end.code) // INSTRUCTION  # instructions so far
    for line in reversed(lines):
        if isinstance(line, Label):
            following[line] = size
            continue
        if line.code is not Code.JA and (line.then or line.otherwise):
            after = Label()
            following[after] = size
            near = []
            for label in (line.then or after, line.otherwise or after):
                target = label
                if size - following[target] > _MAXIMUM_SKIP:
                    target = relays.get(label, label)
                if size - following[target] > _MAXIMUM_SKIP:
                    found.append(_Instruction(Code.JA, 0, label))
                    size += 1
                    target = relays[label] = Label()
                    following[target] = size
                near.append(target)
            line = _Instruction(line.code, line.constant, *near)  # noqa: PLW2901 - the same line
        found.append(line)
        size += 1
    return found[::-1], following, relays
