"""An examination: what one self-test asks of the sensor, and what came of it."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the way, and why the test failed there, or '' where it did not."""

    name: str
    fault: str
    seconds: float = 0.0


@dataclass(slots=True)
class SelfTestSession:
    """
    One self-test, from the first frame to the last sink.

    Args:
        interfaces: on which a canary must be seen.
        sinks: that must have been told of each, with the number of messages each has lost.
    """

    interfaces: tuple[str, ...]
    sinks: Mapping[str, int]
    token: str = field(default_factory=lambda: secrets.token_hex(canary.TOKEN // 2))
    _began: float = field(default_factory=time.monotonic)
    _seen: dict[str, float] = field(default_factory=dict)
    _told: dict[str, dict[str, float]] = field(default_factory=dict)  # by sink, by event's id

    def saw(self, observation: Observation) -> bool:
        """Tell whether an observation is the canary of this test, the first on its interface."""
        found = canary.read(observation.payload)
        interface = observation.interface
        if found is None or found[0] != self.token or interface not in self.interfaces:
            return False
        if not canary.CATALOGUE.match(observation) or interface in self._seen:
            return False
        self._seen[interface] = self._elapsed()
        return True

    def told(self, sink: str, event_id: str) -> None:
        """Take note that a sink has an event of this test."""
        self._told.setdefault(sink, {}).setdefault(event_id, self._elapsed())

    @property
    def is_done(self) -> bool:
        """Whether everything was proved."""
        wanted = len(self.interfaces)
        return len(self._seen) == wanted and all(
            len(self._told.get(sink, {})) == wanted for sink in self.sinks
        )

    def parts(
        self,
        unseen: Callable[[str], str],
        faults: Mapping[str, str],
        lost: Mapping[str, int],
    ) -> Iterable[Part]:
        """
        Yield what came of it.

        Args:
            unseen: tells why nothing was seen on an interface.
            faults: by sink, why it takes nothing.
            lost: by sink, how many messages it has lost by now.
        """
        for name in self.interfaces:
            if name in self._seen:
                yield Part(name, "", self._seen[name])
            else:
                yield Part(name, unseen(name))
        for name, before in self.sinks.items():
            had = self._told.get(name, {})
            if lost.get(name, before) > before:
                yield Part(name, "messages to it were lost")
            elif len(had) < len(self._seen) or not self._seen:
                yield Part(name, faults.get(name, "") or self._silence())
            else:
                yield Part(name, "", max(had.values()))

    def _silence(self) -> str:
        return "it was not told in time" if self._seen else "there was nothing to tell it"

    def _elapsed(self) -> float:
        return time.monotonic() - self._began
