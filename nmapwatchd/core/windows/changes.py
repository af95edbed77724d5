"""The memory tells which windows changed, so that what is kept of them outlives the process."""

import itertools

from nmapwatchd.core.windows.snapshot import Key, WindowChanges, WindowSnapshot
from nmapwatchd.core.windows.window import Window


class ChangeTracker:
    """Which windows changed since somebody asked; as large as the table of windows at most."""

    def __init__(self) -> None:
        self._reported: dict[Key, Window] = {}
        self._unreported: dict[Key, Window] = {}
        self._closed: dict[str, None] = {}

    def record(self, window: Window) -> None:
        """Take note that a window changed, or that something was reported of it."""
        if window.is_fully_reported:
            self._reported[window.key] = window
        else:
            self._unreported[window.key] = window
        self._closed.pop(window.event_id, None)

    def close(self, window: Window) -> None:
        """Take note that a window is over."""
        self._reported.pop(window.key, None)
        self._unreported.pop(window.key, None)
        self._closed[window.event_id] = None

    def changes(self, limit: int, by: tuple[str, ...]) -> WindowChanges:
        """Return every window that spoke, and at most `limit` others, the oldest change first."""
        windows = self._reported
        for key in list(itertools.islice(self._unreported, limit)):
            windows.setdefault(key, self._unreported.pop(key))
        found = WindowChanges(
            tuple(snapshot_of(w, by) for w in windows.values()), tuple(self._closed)
        )
        self._reported, self._closed = {}, {}
        return found


def snapshot_of(window: Window, by: tuple[str, ...]) -> WindowSnapshot:
    """Return what must be kept of a window; `by` is what its key is made of."""
    return WindowSnapshot(
        event_id=window.event_id,
        by=by,
        key=window.key,
        expected=window.expected,
        source=window.source,
        first=window.first,
        last=window.last,
        score=window.score,
        sightings=window.sightings,
        last_alert_at=window.last_alert_at or 0,
        reported=window.reported,
        reported_sightings=window.reported_sightings,
        alert_count=window.alert_count,
        closed=window.closed,
        source_confirmed=window.source_confirmed,
        source_conflict=window.source_conflict,
        proxied=window.proxied,
        rules=tuple(window.rules.values()),
        counts=tuple(window.counts[name] for name in window.rules),
        evidence=tuple(window.evidence.values()),
        decoys=tuple(window.decoys),
        targets=tuple(window.targets),
        ports=tuple(window.ports),
        macs=tuple(window.macs),
        vlans=tuple(window.vlans),
        interfaces=tuple(window.interfaces),
    )


def window_of(state: WindowSnapshot) -> Window:
    """Return the window of which this was kept."""
    return Window(
        key=state.key,
        expected=state.expected,
        source=state.source,
        first=state.first,
        last=state.last,
        score=state.score,
        sightings=state.sightings,
        last_alert_at=state.last_alert_at,
        reported=state.reported,
        reported_sightings=state.reported_sightings,
        alert_count=state.alert_count,
        closed=state.closed,
        source_confirmed=state.source_confirmed,
        source_conflict=state.source_conflict,
        proxied=state.proxied,
        counts={rule.id: n for rule, n in zip(state.rules, state.counts, strict=True)},
        rules={rule.id: rule for rule in state.rules},
        evidence={item.rule: item for item in state.evidence},
        decoys=dict.fromkeys(state.decoys),
        targets=dict.fromkeys(state.targets),
        ports=dict.fromkeys(state.ports),
        macs=dict.fromkeys(state.macs),
        vlans=dict.fromkeys(state.vlans),
        interfaces=dict.fromkeys(state.interfaces),
    )
