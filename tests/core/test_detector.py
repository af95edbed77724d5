"""The engine works with any detectors."""

from collections.abc import Sequence

from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.detector import Detector
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import Confidence, RuleInfo
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.table import WindowPolicy
from tests.building import observation


class Everything:
    """Reports every observation, and is no signature."""

    evictions = 3

    def __init__(self, name: str) -> None:
        self.rule = RuleInfo(name, name, "", Confidence.EXCLUSIVE, (), name, (f"T-{name}",))
        self.rewound: list[int] = []

    def observe(self, observation: Observation) -> Sequence[Sighting]:
        return (Sighting(self.rule, observation, ()),)

    def rewind(self, now: int) -> None:
        self.rewound.append(now)


def engine_of(*detectors: Detector) -> Engine:
    return Engine(detectors, Allowlist(), WindowPolicy(), Counters())


def test_the_sightings_of_all_detectors_are_in_one_alert() -> None:
    (alert,) = engine_of(Everything("one"), Everything("two")).observe(observation()).alerts

    assert [rule.id for rule in alert.rules] == ["one", "two"]
    assert alert.techniques == ("T-one", "T-two")
    assert alert.tool == "one"
    assert (alert.evidence, alert.explanation.options) == ((), ())


def test_every_detector_is_rewound() -> None:
    detectors = Everything("one"), Everything("two")

    engine_of(*detectors).rewind(7)

    assert [detector.rewound for detector in detectors] == [[7], [7]]


def test_a_reload_replaces_the_detectors() -> None:
    core = engine_of(Everything("one"))
    core.reload([Everything("two")], Allowlist(), WindowPolicy())

    (alert,) = core.observe(observation()).alerts
    assert [rule.id for rule in alert.rules] == ["two"]


def test_without_detectors_nothing_is_reported() -> None:
    assert engine_of().observe(observation()).alerts == ()


def test_the_evictions_of_all_detectors_are_counted() -> None:
    counters = Counters()
    core = Engine([Everything("one"), Everything("two")], Allowlist(), WindowPolicy(), counters)

    core.observe(observation())

    assert counters.evicted_packets == 6
