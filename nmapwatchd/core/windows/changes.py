"""The memory tells which windows changed, so that what is kept of them outlives the process."""

import itertools

from nmapwatchd.core.windows.snapshot import Changes, Key, WindowState
from nmapwatchd.core.windows.window import Window


class Memory:
    """Which windows changed since somebody asked; as large as the table of windows at most."""

    def __init__(self) -> None:
        self._spoke: dict[Key, Window] = {}
        self._changed: dict[Key, Window] = {}
        self._gone: dict[str, None] = {}

    def keep(self, window: Window) -> None:
        """Take note that a window changed, or that something was said of it."""
        if window.says_nothing_new:
            self._spoke[window.key] = window
        else:
            self._changed[window.key] = window
        self._gone.pop(window.event_id, None)

    def forget(self, window: Window) -> None:
        """Take note that a window is over."""
        self._spoke.pop(window.key, None)
        self._changed.pop(window.key, None)
        self._gone[window.event_id] = None

    def changes(self, limit: int, by: tuple[str, ...]) -> Changes:
        """Return every window that spoke, and at most `limit` others, the oldest change first."""
        windows = self._spoke
        for key in list(itertools.islice(self._changed, limit)):
            windows.setdefault(key, self._changed.pop(key))
        found = Changes(tuple(state_of(w, by) for w in windows.values()), tuple(self._gone))
        self._spoke, self._gone = {}, {}
        return found


def state_of(window: Window, by: tuple[str, ...]) -> WindowState:
    """Return what must be kept of a window; `by` is what its key is made of."""
    return WindowState(
        event_id=window.event_id,
        by=by,
        key=window.key,
        expected=window.expected,
        source=window.source,
        first=window.first,
        last=window.last,
        points=window.points,
        sightings=window.sightings,
        said_at=window.said_at or 0,
        said=window.said,
        said_sightings=window.said_sightings,
        times_said=window.times_said,
        closed=window.closed,
        needed_answers=window.needed_answers,
        disputed=window.disputed,
        relayed=window.relayed,
        marks=tuple(window.rows.values()),
        counts=tuple(window.counts[name] for name in window.rows),
        quotes=tuple(window.quotes.values()),
        decoys=tuple(window.decoys),
        targets=tuple(window.targets),
        ports=tuple(window.ports),
        macs=tuple(window.macs),
        vlans=tuple(window.vlans),
        interfaces=tuple(window.interfaces),
    )


def window_of(state: WindowState) -> Window:
    """Return the window of which this was kept."""
    return Window(
        key=state.key,
        expected=state.expected,
        source=state.source,
        first=state.first,
        last=state.last,
        points=state.points,
        sightings=state.sightings,
        said_at=state.said_at,
        said=state.said,
        said_sightings=state.said_sightings,
        times_said=state.times_said,
        closed=state.closed,
        needed_answers=state.needed_answers,
        disputed=state.disputed,
        relayed=state.relayed,
        counts={mark.id: n for mark, n in zip(state.marks, state.counts, strict=True)},
        rows={mark.id: mark for mark in state.marks},
        quotes={quote.rule: quote for quote in state.quotes},
        decoys=dict.fromkeys(state.decoys),
        targets=dict.fromkeys(state.targets),
        ports=dict.fromkeys(state.ports),
        macs=dict.fromkeys(state.macs),
        vlans=dict.fromkeys(state.vlans),
        interfaces=dict.fromkeys(state.interfaces),
    )
