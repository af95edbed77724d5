"""While frames that anyone can forge overload the sensor, one in so many of them passes."""

import struct

from nmapwatchd.child.thinning import (
    EASE,
    FACTORS,
    FEW_FRAMES,
    OVERLOAD_NANOSECONDS,
    RECENT,
    REST,
    RETRY,
    SETTLE,
    SPOOFABLE_FRAME,
    Thinning,
    thinned,
)
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.filters.kernel import kernel_filter
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.filters.machine import run

RANDOM = 0xFFFF_F038
ETHERNET = 1


def accepted(bpf: bytes, frame: bytes, random: int) -> int:
    """Return what a filter returns for a frame if the kernel draws this number."""
    drawn = struct.pack("HBBI", 0x20, 0, 0, RANDOM)
    assert bpf.count(drawn) <= 1
    return run(bpf.replace(drawn, struct.pack("HBBI", 0x00, 0, 0, random)), frame).returned


def filter_of(*results: int) -> bytes:
    """Return a program that returns the first result for a frame of one byte, and so on."""
    lines = []
    for length, result in enumerate(results, 1):
        lines += [(0x80, 0, 0, 0), (0x15, 0, 1, length), (0x06, 0, 0, result)]
    return b"".join(struct.pack("HBBI", *line) for line in (*lines, (0x06, 0, 0, 0)))


def test_one_in_so_many_frames_passes_of_those_that_anyone_can_forge() -> None:
    bpf = thinned(filter_of(0, 0x4_0000, SPOOFABLE_FRAME, SPOOFABLE_FRAME), 16)

    limit = 2**32 // 16
    for frame in (b"abc", b"abcd"):
        assert accepted(bpf, frame, limit - 1) == SPOOFABLE_FRAME
        assert accepted(bpf, frame, limit) == 0
    for random in (0, 2**32 - 1):
        assert accepted(bpf, b"a", random) == 0
        assert accepted(bpf, b"ab", random) == 0x4_0000
        assert accepted(bpf, b"abcde", random) == 0


def test_a_factor_of_one_changes_no_filter() -> None:
    bpf = filter_of(SPOOFABLE_FRAME)

    assert thinned(bpf, 1) == bpf


def test_a_filter_that_would_become_too_long_for_the_kernel_is_not_changed() -> None:
    reject = struct.pack("HBBI", 0x06, 0, 0, 0)

    assert thinned(reject * 4093, 16) == reject * 4093
    assert len(thinned(reject * 4092, 16)) == 4096 * len(reject)


def test_the_kernel_filter_marks_what_the_capture_process_thins_out() -> None:
    filters = compile_filters(shipped_catalogue())
    bpf = thinned(filters.kernel[ETHERNET], 16)
    link = bytes(12) + b"\x08\x00"
    ip = b"\x45\x00\x00\x2c\x12\x34\x00\x00\x2d\x06\x00\x00\x0a\x00\x00\x05\x0a\x00\x00\x08"
    ports = b"\x9c\x40\x00\x50"
    syn = link + ip + ports + b"\x61" * 4 + bytes(4) + b"\x60\x02\x04\x00" + bytes(4)
    syn += b"\x02\x04\x05\xb4"
    data = b"GET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine)\r\n\r\n"
    length = struct.pack(">H", 40 + len(data))
    request = link + ip[:2] + length + ip[4:] + ports + b"\x61" * 8 + b"\x50\x18\x01\xf6"
    request += bytes(4) + data

    assert accepted(bpf, syn, 0)
    assert not accepted(bpf, syn, 2**32 - 1)
    assert accepted(bpf, request, 2**32 - 1)
    assert Transport.TCP in filters.clauses
    assert kernel_filter(ETHERNET, filters.clauses) == filters.kernel[ETHERNET]


# The decision.


def reports(thinning: Thinning, *values: tuple[int, int, int]) -> list[int]:
    """Return the factor after each report of frames, drops and delay."""
    factors = []
    for value in values:
        thinning.update(*value)
        factors.append(thinning.factor)
    return factors


def test_a_sensor_that_keeps_up_thins_nothing_out() -> None:
    assert reports(Thinning(), *[(10_000, 0, OVERLOAD_NANOSECONDS)] * 99) == [1] * 99


def test_drops_or_delay_thin_out_more_until_the_sensor_keeps_up() -> None:
    for overload in ((90_000, 1, 0), (90_000, 0, OVERLOAD_NANOSECONDS + 1)):
        thinning = Thinning()
        assert reports(thinning, overload, overload) == [1, 4]
        assert reports(thinning, (9_000, 5, 0), (6_000, 5, 0)) == [4, 16]
        assert reports(thinning, *[(400, 0, 0)] * 50) == [16] * 50


def test_the_delay_of_a_few_frames_thins_nothing_out() -> None:
    assert reports(Thinning(), *[(FEW_FRAMES, 0, 10 * OVERLOAD_NANOSECONDS)] * 9) == [1] * 9


def test_drops_of_most_frames_thin_out_by_two_steps() -> None:
    assert reports(Thinning(), *[(90_000, 45_001, 0)] * 2) == [1, 16]
    assert reports(Thinning(), *[(90_000, 45_000, 0)] * 2) == [1, 4]


def test_it_is_undone_where_it_has_no_effect_and_tried_again_later() -> None:
    thinning, overload = Thinning(), (90_000, 1_000, 0)

    factors = reports(thinning, *[overload] * 24)

    assert factors.index(4) == SETTLE - 1
    assert factors[2 * SETTLE - 1 : 2 * SETTLE - 1 + REST] == [1] * REST
    assert factors.count(4) < len(factors) // 3


def test_a_trial_ends_when_the_sources_that_flood_are_shed() -> None:
    thinning, overload = Thinning(), (90_000, 50_000, 0)
    assert reports(thinning, overload, overload) == [1, 16]

    assert thinning.update(400, 0, 0, has_new_filter=True)
    assert thinning.factor == 1


def test_what_is_thinned_out_for_long_does_not_depend_on_the_sources_that_are_shed() -> None:
    thinning = Thinning()
    reports(thinning, (90_000, 1, 0), (90_000, 1, 0), *[(400, 0, 0)] * RECENT)

    assert not thinning.update(400, 0, 0, has_new_filter=True)
    assert thinning.factor == 4


def test_it_ends_with_the_flood_step_by_step() -> None:
    thinning = Thinning()
    reports(thinning, (90_000, 1, 0), (90_000, 1, 0), (9_000, 5, 0), (6_000, 5, 0))
    assert thinning.factor == 16

    assert reports(thinning, *[(FEW_FRAMES, 0, 0)] * 2 * EASE) == [
        *[16] * (EASE - 1), *[4] * EASE, 1,
    ]  # fmt: skip


def test_with_other_frames_around_it_is_tried_twice_a_minute_whether_the_flood_is_over() -> None:
    thinning = Thinning()
    reports(thinning, (90_000, 1, 0), (90_000, 1, 0))

    assert reports(thinning, *[(FEW_FRAMES + 1, 0, 0)] * RETRY) == [*[4] * (RETRY - 1), 1]


def test_the_last_level_is_not_exceeded() -> None:
    thinning = Thinning()
    frames = 2**40
    for _ in range(20):
        thinning.update(frames, 1, 0)
        frames //= 2 if thinning.factor < FACTORS[-1] else 1
    assert thinning.factor in FACTORS
