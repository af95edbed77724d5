"""A correlation is satisfied when enough packets of one source agree and vary as required."""

from dataclasses import replace

import pytest

from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching import correlation
from nmapwatchd.core.matching.correlation import MAXIMUM_GROUPS, MAXIMUM_NUMBERS, Correlator
from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Observation, Transport
from tests.building import SECOND, engine, observation, signature

PORTS = Correlation(group_by=("source_port",), count_distinct=("destination_port",), count=3)
SPAN = 30 * SECOND


def scan(core: Engine, ports: range, **changes: object) -> int:
    """Send one packet a port, a second apart, and return how many alerts that gives."""
    return sum(
        len(core.observe(observation(n, payload=b"loud", destination_port=port, **changes)).alerts)
        for n, port in enumerate(ports)
    )


def loud(correlate: Correlation = PORTS) -> Engine:
    return engine(replace(signature("loud"), correlate=correlate))


def test_a_correlation_is_reported_once_it_is_satisfied_and_counted_from_then_on() -> None:
    core = loud()

    assert scan(core, range(2)) == 0
    assert scan(core, range(2, 6)) == 1
    (closed,) = core.drain().alerts
    assert closed.sightings == 4


def test_packets_with_the_same_value_count_once() -> None:
    core = loud()

    assert [scan(core, range(2)) for _ in range(5)] == [0] * 5


def test_packets_that_do_not_agree_are_not_correlated() -> None:
    core = loud()

    assert sum(scan(core, range(n, n + 1), source_port=n) for n in range(9)) == 0


def test_packets_of_two_sources_are_not_correlated() -> None:
    core = loud()

    assert scan(core, range(2)) + scan(core, range(2, 4), source="10.0.0.6") == 0


def test_packets_that_are_too_far_apart_are_not_correlated() -> None:
    core = loud()
    alerts = [
        core.observe(observation(at, payload=b"loud", destination_port=at)).alerts
        for at in (0, 16, 32)
    ]

    assert alerts == [(), (), ()]


def test_a_field_that_must_vary_does_so_before_a_correlation_is_satisfied() -> None:
    core = loud(replace(PORTS, must_vary=("size",)))
    same = [
        core.observe(observation(n, payload=b"loud", destination_port=n)).alerts for n in range(20)
    ]  # fmt: skip

    assert same == [()] * 20
    assert len(core.observe(observation(20, payload=b"louder", destination_port=20)).alerts) == 1


def single(seen: Observation) -> Match:
    return Match(
        replace(signature("loud"), correlate=PORTS), seen, (), {"destination_port": ("1",)}
    )


def test_the_groups_tracked_have_a_ceiling_and_evictions_are_counted() -> None:
    correlator = Correlator()
    for n in range(MAXIMUM_GROUPS + 100):
        correlator.confirm(single(observation(n / 10_000, source=f"source {n}")), SPAN)

    assert len(correlator) == MAXIMUM_GROUPS
    assert correlator.evictions == 100


def test_groups_whose_time_is_over_are_removed_and_not_counted_as_evicted() -> None:
    correlator = Correlator()
    for n in (0, 1, 31):
        correlator.confirm(single(observation(n, source=f"source {n}")), SPAN)

    assert (len(correlator), correlator.evictions) == (2, 0)


def test_packets_over_tcp_with_data_and_others_do_not_evict_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(correlation, "MAXIMUM_GROUPS", 3)
    correlator = Correlator()
    confirmed(correlator, 0, 1, payload=b"loud")
    confirmed(correlator, 0, 2, payload=b"loud")
    for n in range(9):
        confirmed(correlator, 1, n, source=f"10.0.1.{n}", transport=Transport.UDP)
        confirmed(correlator, 1, n, source=f"10.0.2.{n}")

    assert confirmed(correlator, 2, 3, payload=b"loud")


def test_a_clock_that_is_set_back_drops_all_packets_and_no_count() -> None:
    correlator = Correlator()
    confirmed(correlator, 0, 1)
    confirmed(correlator, 0, 2)
    correlator.clear()

    assert len(correlator) == 0
    assert not confirmed(correlator, 0, 3)


def test_a_signature_without_a_correlation_needs_one_packet() -> None:
    assert Correlator().confirm(Match(signature("loud"), observation(), ()), SPAN)


def confirmed(
    correlator: Correlator, at: float, port: int, correlate: Correlation = PORTS, **changes: object
) -> bool:
    seen = observation(at, destination_port=port, **changes)
    fields = {
        "destination_port": (str(port),), "source_port": ("7",), "size": (str(port % 2),),
    }  # fmt: skip
    match = Match(replace(signature("loud"), correlate=correlate), seen, (), fields)
    return correlator.confirm(match, SPAN)


def test_many_packets_without_a_variation_do_not_hide_it_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(correlation, "MAXIMUM_COUNTED", 4)
    correlator = Correlator()
    varied = replace(PORTS, must_vary=("size",))

    assert not any(confirmed(correlator, 0, port, varied) for port in range(0, 20, 2))
    assert confirmed(correlator, 0, 21, varied)


def test_packets_count_for_as_long_as_the_span() -> None:
    for gap, expected in ((15, True), (15.001, False)):
        correlator = Correlator()
        found = [confirmed(correlator, n * gap, n) for n in range(3)]
        assert found == [False, False, expected]


def test_a_correlation_stays_satisfied_as_long_as_packets_follow_within_the_span() -> None:
    correlator = Correlator()
    for port in range(3):
        confirmed(correlator, 0, port)

    assert confirmed(correlator, 30, 1)
    assert confirmed(correlator, 60, 1)
    assert not confirmed(correlator, 90.001, 1)
    assert not confirmed(correlator, 90.001, 2)
    assert confirmed(correlator, 90.001, 3)
    assert confirmed(correlator, 100, 3)


def test_a_correlation_stays_satisfied_for_packets_that_arrive_late() -> None:
    correlator = Correlator()
    for port in range(3):
        confirmed(correlator, 40, port)

    assert confirmed(correlator, 10, 9)
    assert not confirmed(correlator, 9.999, 9)


def test_a_late_packet_does_not_set_the_time_back() -> None:
    correlator = Correlator()
    for port in range(3):
        confirmed(correlator, 40, port)

    confirmed(correlator, 10, 9)
    assert confirmed(correlator, 70, 9)


def test_a_satisfied_correlation_stores_no_packets() -> None:
    correlator = Correlator()
    for port in range(3):
        confirmed(correlator, 0, port)

    ((_, entries),) = correlator._others._once.values()
    assert [group.counted for _, group in entries] == [{}]


def test_each_field_that_must_vary_has_two_values() -> None:
    varied = replace(PORTS, must_vary=("size", "source_port"))

    assert not any(confirmed(Correlator(), 0, port, varied) for port in range(9))
    assert [
        confirmed(c, 0, port, replace(PORTS, must_vary=("size",)))
        for c in [Correlator()]
        for port in (0, 2, 4, 5)
    ] == [False, False, False, True]


def test_the_first_packet_of_a_value_is_the_one_that_counts() -> None:
    correlator = Correlator()
    confirmed(correlator, 0, 1)
    confirmed(correlator, 20, 1)

    assert not confirmed(correlator, 31, 2)
    assert not confirmed(correlator, 31, 3)


def test_several_signatures_of_one_source_are_correlated_each_by_itself() -> None:
    correlator = Correlator()
    for name in ("one", "two", "three"):
        row = replace(signature(name), correlate=PORTS)
        fields = {"destination_port": (name,)}
        assert not correlator.confirm(Match(row, observation(), (), fields), SPAN)

    assert len(correlator) == 3


def test_a_missing_field_counts_as_one_value() -> None:
    correlator = Correlator()
    row = replace(signature("loud"), correlate=PORTS)

    assert not any(correlator.confirm(Match(row, observation(n), ()), SPAN) for n in range(9))


TRIED_AGAIN = Correlation(
    (), ("destination", "destination_port"), count=3, consecutive="source_port"
)


def tries(core: Engine, *pairs: tuple[int, int], start: float = 0) -> int:
    """Send packets, given by their two ports, and return how many alerts that gives."""
    return sum(
        len(
            core.observe(
                observation(start + n / 100, payload=b"loud", source_port=s, destination_port=d)
            ).alerts
        )
        for n, (s, d) in enumerate(pairs)
    )


@pytest.mark.parametrize("step", correlation.STEPS)
def test_consecutive_numbers_must_each_occur_with_every_value_counted(step: int) -> None:
    core = loud(TRIED_AGAIN)

    assert tries(core, *((7, port) for port in (1, 2, 3))) == 0
    assert tries(core, (7 + step, 3), (7 + step, 2), start=1) == 0
    assert tries(core, (7 + step, 1), start=2) == 1


def test_numbers_that_are_not_the_same_two_are_not_consecutive() -> None:
    assert tries(loud(TRIED_AGAIN), (1, 1), (2, 1), (4, 2), (5, 2), (7, 3), (8, 3)) == 0
    assert tries(loud(TRIED_AGAIN), *((s, d) for s in (7, 11) for d in (1, 2, 3))) == 0
    assert tries(loud(TRIED_AGAIN), (1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3)) == 0


def test_consecutive_numbers_are_bounded_and_expire() -> None:
    core = loud(TRIED_AGAIN)
    first = [(100 * n, port) for n in range(1, MAXIMUM_NUMBERS + 1) for port in (1, 2, 3)]

    assert tries(core, *first) == 0
    assert tries(core, (101, 1), (101, 2), (101, 3), start=1) == 0
    assert tries(core, *((7, port) for port in (1, 2, 3)), start=40) == 0
    assert tries(core, *((8, port) for port in (1, 2, 3)), start=41) == 1
