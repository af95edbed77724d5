"""A watch goes on whatever becomes of one candidate."""

import asyncio
from pathlib import Path

from nmapwatchd.capture.tools import Tools
from nmapwatchd.capture.tshark import OLDEST
from nmapwatchd.capture.watch import Watch
from nmapwatchd.core.observation import Observation
from nmapwatchd.sieve.plan import plan
from nmapwatchd.signature_files import shipped_catalogue
from tests.building import observation

PLAN = plan(shipped_catalogue())


def test_a_fault_of_ours_in_one_candidate_is_counted_and_hides_no_other() -> None:
    seen = list[int]()

    def observe(given: Observation) -> None:
        if given.destination_port == 1:
            raise KeyError(given.destination_port)
        seen.append(given.destination_port)

    async def take() -> int:
        nobody = lambda *_: None  # noqa: E731
        watch = Watch("eth0", PLAN, Tools(OLDEST, Path()), observe=observe, blind=nobody,
                      recovered=nobody, loud=nobody)  # fmt: skip
        for port in (2, 1, 3, 1, 4):
            watch._take(observation(destination_port=port))
        return watch.undecodable

    assert asyncio.run(take()) == 2
    assert seen == [2, 3, 4]
