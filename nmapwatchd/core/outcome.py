"""Outcomes: what the engine made of its input."""

from collections.abc import Callable
from dataclasses import dataclass

from nmapwatchd.core.alert import Alert, FloodSummary
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    Alerts, and the window changes to be saved together with them.

    Args:
        alerts: the alerts, in order.
        changes: every window that was reported or closed since the last outcome with alerts;
            none if there are no alerts, or if changes are not tracked.
        summaries: of floods, whose scans have no alerts of their own.
    """

    alerts: tuple[Alert, ...] = ()
    changes: WindowChanges = NO_WINDOW_CHANGES
    summaries: tuple[FloodSummary, ...] = ()

    @property
    def messages(self) -> tuple[Alert | FloodSummary, ...]:
        """The alerts, then the summaries."""
        return self.alerts + self.summaries


NO_OUTCOME = Outcome()

# A step between the engine and the delivery of alerts.
Stage = Callable[[Outcome], Outcome]
