"""A fault of ours in one candidate hides no other."""

from nmapwatchd.capture.error_barrier import ErrorBarrier
from nmapwatchd.core.observation import Observation
from tests.building import observation


def test_a_candidate_on_which_we_fail_is_counted_and_the_next_is_handed_on() -> None:
    seen = list[int]()

    def observe(given: Observation) -> None:
        if given.destination_port == 1:
            raise KeyError(given.destination_port)
        seen.append(given.destination_port)

    guard = ErrorBarrier(observe)
    for port in (2, 1, 3, 1, 4):
        guard.take(observation(destination_port=port))

    assert guard.left_out == 2
    assert seen == [2, 3, 4]
