import struct

import pytest

from nmapwatchd.filters.bpf import MAXIMUM_INSTRUCTIONS, Assembler, Code, Label
from tests.filters.machine import run

# The reach of a conditional jump, in instructions.
REACH = 255


def exits(out: Assembler, labels: list[Label]) -> bytes:
    """Return the program with an exit for each label, which returns its number, from 1."""
    for number, label in enumerate(labels, start=1):
        out.bind(label)
        out.emit(Code.RET_K, number)
    return out.assemble()


def test_an_instruction_is_encoded_as_code_jumps_and_constant() -> None:
    out, yes, no = Assembler(), Label(), Label()
    out.emit(Code.LD_ABS_B, 23)
    out.jump(Code.JEQ, 6, then=yes, otherwise=no)

    assert exits(out, [yes, no]) == b"".join(
        struct.pack("=HBBI", *line)
        for line in [(0x30, 0, 0, 23), (0x15, 0, 1, 6), (0x06, 0, 0, 1), (0x06, 0, 0, 2)]
    )


def test_a_jump_without_label_continues_with_the_next_instruction() -> None:
    out, no = Assembler(), Label()
    out.emit(Code.LD_ABS_B, 0)
    out.jump(Code.JEQ, 7, otherwise=no)
    out.emit(Code.RET_K, 9)
    program = exits(out, [no])

    assert (run(program, b"\x07").returned, run(program, b"\x08").returned) == (9, 1)


def test_an_unconditional_jump_is_taken() -> None:
    out, end = Assembler(), Label()
    out.goto(end)
    out.emit(Code.RET_K, 9)

    assert run(exits(out, [end]), b"").returned == 1


@pytest.mark.parametrize("distance", [0, 1, *range(250, 260), 1000])
@pytest.mark.parametrize("taken", [True, False])
def test_a_label_is_reached_at_any_distance(distance: int, taken: bool) -> None:
    out, far = Assembler(), Label()
    out.emit(Code.LD_ABS_B, 0)
    out.jump(Code.JEQ, 7, then=far if taken else None, otherwise=None if taken else far)
    for _ in range(distance):
        out.emit(Code.LD_IMM, 1)
    out.emit(Code.RET_K, 9)
    program = exits(out, [far])
    hit, missed = (b"\x07", b"\x08") if taken else (b"\x08", b"\x07")

    assert (run(program, hit).returned, run(program, missed).returned) == (1, 9)


@pytest.mark.parametrize("distance", [252, 253, 254, 255, 600])
def test_both_labels_of_a_jump_are_reached_at_any_distance(distance: int) -> None:
    out, yes, no = Assembler(), Label(), Label()
    out.emit(Code.LD_ABS_B, 0)
    out.jump(Code.JGE, 7, then=yes, otherwise=no)
    for _ in range(distance):
        out.emit(Code.LD_IMM, 1)
    program = exits(out, [yes, no])

    assert [run(program, bytes([value])).returned for value in (6, 7, 8)] == [2, 1, 1]


def test_near_jumps_need_no_further_instruction_and_far_ones_share_one() -> None:
    def size(distance: int, jumps: int) -> int:
        out, far = Assembler(), Label()
        for _ in range(jumps):
            out.jump(Code.JEQ, 7, then=far)
        for _ in range(distance):
            out.emit(Code.LD_IMM, 1)
        return len(exits(out, [far])) // 8

    assert size(253, 1) == 1 + 253 + 1
    assert size(254, 1) == 1 + 254 + 1 + 1
    assert size(300, 20) == 20 + 300 + 1 + 1


def test_a_near_label_early_in_a_long_program_needs_no_further_instruction() -> None:
    out, near = Assembler(), Label()
    out.jump(Code.JEQ, 7, then=near)
    out.emit(Code.LD_IMM, 1)
    out.bind(near)
    for _ in range(300):
        out.emit(Code.LD_IMM, 1)

    assert len(out.assemble()) == 8 * 302


def test_no_encoded_jump_exceeds_its_byte() -> None:
    out, ends = Assembler(), [Label() for _ in range(3)]
    for number in range(1200):
        out.jump(Code.JEQ, number, then=ends[number % 3])
    program = exits(out, ends)

    lines = list(struct.iter_unpack("=HBBI", program))
    for index, (code, then, otherwise, _) in enumerate(lines):
        if code == Code.JEQ:
            assert index + 1 + max(then, otherwise) < len(lines)
            assert max(then, otherwise) <= REACH


def test_a_program_of_the_kernels_limit_is_assembled_and_a_longer_one_refused() -> None:
    out = Assembler()
    for _ in range(MAXIMUM_INSTRUCTIONS):
        out.emit(Code.RET_K, 0)

    assert len(out.assemble()) == 8 * MAXIMUM_INSTRUCTIONS
    out.emit(Code.RET_K, 0)
    with pytest.raises(ValueError, match="4097 instructions; the kernel takes 4096"):
        out.assemble()
