"""A guard hands candidates on; a fault of ours in one of them must not blind us to all others."""

from collections.abc import Callable

import structlog

from nmapwatchd.core.observation import Observation

_log = structlog.get_logger()

Observer = Callable[[Observation], None]


class ErrorBarrier:
    """
    Stands before who looks at candidates.

    Args:
        observe: told of every candidate.
    """

    def __init__(self, observe: Observer) -> None:
        self._observe = observe
        self._known: set[type[Exception]] = set()  # kinds of faults of which was told
        self.left_out = 0

    def take(self, observation: Observation) -> None:
        """Hand on a candidate, or count that it was left out."""
        try:
            self._observe(observation)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self.left_out += 1
            if type(error) not in self._known:
                self._known.add(type(error))
                _log.exception("a fault in nmapwatchd: a candidate is left out")
