"""An internal error in one candidate hides no other."""

import pytest

from nmapwatchd.capture.error_barrier import ErrorBarrier
from nmapwatchd.core.observation import Observation
from tests.building import observation


def test_a_candidate_that_fails_is_counted_and_the_next_is_observed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = list[int]()

    def observe(given: Observation) -> None:
        if given.destination_port == 1:
            raise KeyError(given.destination_port)
        seen.append(given.destination_port)

    barrier = ErrorBarrier(observe)
    for port in (2, 1, 3, 1, 4):
        barrier.observe(observation(destination_port=port))

    assert barrier.skipped == 2
    assert seen == [2, 3, 4]
    assert capsys.readouterr().out.count("internal error, candidate skipped") == 1
