"""The counters start at zero and are listed by name."""

from nmapwatchd.core.counters import Counters

NAMES = [
    "frames", "kernel_drops", "candidates", "undecodable", "shed",
    "lost_at_handover", "duplicates", "replies", "evicted_packets", "evicted_frames",
    "evicted_probes", "evicted_uploads", "rule_errors", "sightings", "expected",
    "evicted_macs", "alerts", "expected_scans", "below_threshold", "evicted_evidence",
    "evicted_decoys", "folded_scans", "evicted_windows", "undelivered",
]  # fmt: skip


def test_the_names_are_those_of_the_contract() -> None:
    assert list(Counters().counts()) == NAMES


def test_every_counter_starts_at_zero() -> None:
    assert set(Counters().counts().values()) == {0}


def test_each_counter_is_listed_under_its_own_name() -> None:
    counters = Counters()
    for value, name in enumerate(NAMES, 1):
        setattr(counters, name, value)

    assert counters.counts() == dict(zip(NAMES, range(1, len(NAMES) + 1), strict=True))


def test_what_was_listed_does_not_change_afterwards() -> None:
    counters = Counters()
    before = counters.counts()
    counters.frames += 1

    assert before["frames"] == 0
