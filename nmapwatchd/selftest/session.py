"""One self-test: which interfaces captured its canary, and which sinks received its events."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nmapwatchd.capture.health import MAXIMUM_LAG_SECONDS
from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation
from nmapwatchd.selftest.protocol import SelfTestResult


@dataclass(slots=True)
class SelfTestSession:
    """
    The state of one self-test.

    Args:
        interfaces: that must each capture a canary.
        sinks: that must each receive an event for each canary, with the number of messages that
            each had lost when the test started.
        token: of the canaries.
    """

    interfaces: tuple[str, ...]
    sinks: Mapping[str, int]
    token: str = field(default_factory=lambda: secrets.token_hex(canary.TOKEN // 2))
    _started_at: float = field(default_factory=time.monotonic)
    _unsent: dict[str, str] = field(default_factory=dict)  # errors by interface
    _captured: dict[str, float] = field(default_factory=dict)  # seconds by interface
    _received: dict[str, dict[str, float]] = field(default_factory=dict)  # by sink, by event ID

    def record_unsent(self, errors: Mapping[str, str]) -> None:
        """Record the interfaces that no canary could be sent on, each with the error."""
        self._unsent.update(errors)

    def record_capture(self, observation: Observation) -> bool:
        """Return whether an observation is the first canary of this test on its interface."""
        found = canary.read(observation.payload)
        interface = observation.interface
        if found is None or found[0] != self.token or interface not in self.interfaces:
            return False
        if not canary.CATALOGUE.match(observation) or interface in self._captured:
            return False
        self._captured[interface] = self._elapsed()
        return True

    def record_delivery(self, sink: str, event_id: str) -> None:
        """Record that a sink has received an event of this test."""
        self._received.setdefault(sink, {}).setdefault(event_id, self._elapsed())

    def is_done(self, lost: Mapping[str, int]) -> bool:
        """
        Return whether the results can change no more, however long the test goes on.

        A canary that was sent is given as long as the sensor may lag.

        Args:
            lost: by sink, how many messages it has lost by now.
        """
        missing = set(self.interfaces).difference(self._captured, self._unsent)
        if missing and self._elapsed() < MAXIMUM_LAG_SECONDS:
            return False
        return all(
            len(self._received.get(sink, {})) == len(self._captured)
            or lost.get(sink, lost_before) > lost_before
            for sink, lost_before in self.sinks.items()
        )

    def results(
        self,
        diagnose: Callable[[str], str],
        errors: Mapping[str, str],
        lost: Mapping[str, int],
    ) -> Iterable[SelfTestResult]:
        """
        Yield the result for each interface and then for each sink.

        Args:
            diagnose: returns why an interface has not captured the canary.
            errors: by sink, why it does not accept messages, or ''.
            lost: by sink, how many messages it has lost by now.
        """
        for name in self.interfaces:
            if name in self._captured:
                yield SelfTestResult(name, "", self._captured[name])
            else:
                yield SelfTestResult(name, self._unsent.get(name) or diagnose(name))
        for name, lost_before in self.sinks.items():
            received = self._received.get(name, {})
            error = errors.get(name, "").removeprefix(f"{name}: ")  # the result has the name
            if lost.get(name, lost_before) > lost_before:
                yield SelfTestResult(name, "messages were lost")
            elif not self._captured:
                yield SelfTestResult(name, error or "no event to deliver")
            elif len(received) < len(self._captured):
                yield SelfTestResult(name, error or "not received in time")
            else:
                yield SelfTestResult(name, "", max(received.values()))

    def _elapsed(self) -> float:
        return time.monotonic() - self._started_at
