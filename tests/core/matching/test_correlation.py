"""A sequence holds when enough packets of one source agree, and differ, where they must."""

from dataclasses import replace

from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.correlation import MAXIMUM_CORRELATIONS, Correlator
from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Observation
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


def test_a_sequence_is_told_when_it_is_long_enough_and_then_counted() -> None:
    core = loud()

    assert scan(core, range(2)) == 0
    assert scan(core, range(2, 6)) == 1
    (closed,) = core.drain().alerts
    assert closed.sightings == 4


def test_the_same_target_twice_is_no_sequence() -> None:
    core = loud()

    assert [scan(core, range(2)) for _ in range(5)] == [0] * 5


def test_packets_that_do_not_agree_are_no_sequence() -> None:
    core = loud()

    assert sum(scan(core, range(n, n + 1), source_port=n) for n in range(9)) == 0


def test_packets_of_two_sources_are_no_sequence() -> None:
    core = loud()

    assert scan(core, range(2)) + scan(core, range(2, 4), source="10.0.0.6") == 0


def test_packets_that_are_too_far_apart_are_no_sequence() -> None:
    core = loud()
    alerts = [
        core.observe(observation(at, payload=b"loud", destination_port=at)).alerts
        for at in (0, 16, 32)
    ]

    assert alerts == [(), (), ()]


def test_a_field_that_must_vary_does_so_before_a_sequence_holds() -> None:
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


def test_the_table_has_a_ceiling_and_forgets_the_longest_untouched() -> None:
    sequences = Correlator()
    for n in range(MAXIMUM_CORRELATIONS + 100):
        sequences.confirm(single(observation(n / 1000, source=f"source {n}")), SPAN)

    assert len(sequences) == MAXIMUM_CORRELATIONS


def test_a_signature_without_repeat_holds_at_once() -> None:
    assert Correlator().confirm(Match(signature("loud"), observation(), ()), SPAN)
