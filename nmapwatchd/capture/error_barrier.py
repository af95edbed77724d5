"""Error barrier around the observer: an internal error in one candidate must not hide others."""

from collections.abc import Callable

import structlog

from nmapwatchd.core.observation import Observation

_log = structlog.get_logger()

Observer = Callable[[Observation], None]


class ErrorBarrier:
    """
    Passes candidates to an observer; catches, counts and logs its exceptions.

    Args:
        observe: the observer.
    """

    def __init__(self, observe: Observer) -> None:
        self._observe = observe
        self._logged: set[type[Exception]] = set()
        self.skipped = 0  # candidates

    def observe(self, observation: Observation) -> None:
        """Pass a candidate to the observer, or count it as skipped; log each type of error once."""
        try:
            self._observe(observation)
        except Exception as error:  # noqa: BLE001 - any internal error
            self.skipped += 1
            if type(error) not in self._logged:
                self._logged.add(type(error))
                _log.exception("internal error, candidate skipped")
