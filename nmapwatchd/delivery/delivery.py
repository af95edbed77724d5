"""Delivery of messages to all sinks of a configuration."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import structlog

from nmapwatchd.config.settings import SpoolSettings
from nmapwatchd.config.sinks import (
    JournaldSettings,
    SinkTable,
    diagnose_sinks,
    duplicate_sinks,
)
from nmapwatchd.core.alert import Message
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.loss_report import loss_lines
from nmapwatchd.delivery.spool import Spool
from nmapwatchd.delivery.state_directory import STATE_DIRECTORY, state_directory
from nmapwatchd.delivery.worker import DeliveryWorker, SinkStatus
from nmapwatchd.errors import OperatorError
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.formats.summary import format_summary
from nmapwatchd.sinks.sink import Sink, SinkError
from nmapwatchd.sinks.standard_output import StandardOutputSink

_log = structlog.get_logger()

# Called with the name of a sink and a message that it has, or that was discarded; from any thread.
Listener = Callable[[str, Message], None]

# Seconds that a sink removed from the configuration has to deliver its queued messages.
REMOVE_SECONDS = 2.0
# Seconds that the disk has to write the last messages.
WRITE_SECONDS = 3.0
# Removed sinks whose losses are counted one by one: as many as reloads of a day will replace.
MAXIMUM_REMOVED = 64


@dataclass(frozen=True, slots=True)
class _Destination:
    """A sink in use: its position in the spool, and the worker that drives it."""

    cursor: SinkCursor
    worker: DeliveryWorker

    @property
    def lost(self) -> int:
        """Messages that the sink will not receive."""
        return self.cursor.lost + self.worker.lost


@dataclass(frozen=True, slots=True)
class _Plan:
    """A validated reload: sinks to start, sinks to stop, and the names of all that will run."""

    added: Mapping[SinkTable, Sink]
    removed: Sequence[SinkTable]
    names: Sequence[str]


class Delivery:
    """
    The workers of all sinks, and the spool they are fed from.

    Args:
        sinks: the configured sinks; if there are none, the journal unless `output` is given.
        output: `text` or `json` to print messages as well, or None.
        spool: where messages are stored; None to store nothing.

    Raises:
        OperatorError: a sink can never be used; one that is not available now is retried.
    """

    def __init__(
        self,
        sinks: Sequence[SinkTable],
        output: str | None = None,
        spool: SpoolSettings | None = None,
    ) -> None:
        self._sensor = this_sensor()
        self.listener: Listener | None = None  # called with every message that a sink has
        self._output = output
        self._destinations: dict[SinkTable, _Destination] = {}
        self._console: _Destination | None = None
        self._lost_by_removed = Counter[str]()  # by sinks that are no longer in use
        plan = self._plan(sinks)
        self._spool = _open_spool(spool)
        if output is not None:
            name, format_ = (
                ("text", format_summary) if output == "text" else ("jsonl -", format_ecs)
            )
            console = StandardOutputSink(name, self._sensor, format_)
            self._console = self._start(console, is_persistent=False)
        self._apply(plan)

    def reload(self, sinks: Sequence[SinkTable]) -> None:
        """
        Use these sinks from now on; those in use already keep their queue.

        A removed sink has REMOVE_SECONDS to deliver its queued messages; the others are discarded.

        Raises:
            OperatorError: a sink can never be used; nothing has changed.
        """
        self._apply(self._plan(sinks))

    def _plan(self, sinks: Sequence[SinkTable]) -> _Plan:
        """
        Validate a set of sinks without changing anything.

        Raises:
            OperatorError: a sink can never be used.
        """
        wanted = list(sinks) or ([JournaldSettings()] if self._output is None else [])
        new = [settings for settings in wanted if settings not in self._destinations]
        if errors := list(diagnose_sinks(wanted, in_use=self._destinations)):
            raise OperatorError(*errors)
        added = {settings: settings.build(self._sensor) for settings in new}
        kept = [d for settings, d in self._destinations.items() if settings in wanted]
        names = [sink.name for sink in added.values()] + [d.cursor.name for d in kept]
        if duplicates := list(duplicate_sinks(names)):
            raise OperatorError(*duplicates)
        removed = [settings for settings in self._destinations if settings not in wanted]
        return _Plan(added, removed, names)

    def _apply(self, plan: _Plan) -> None:
        for settings in plan.removed:
            self._stop(self._destinations.pop(settings))
        for name, count in self._spool.discard_except(plan.names).items():
            self._add_lost_by_removed(name, count)
        for settings, sink in plan.added.items():
            self._destinations[settings] = self._start(sink, error=_probe_error(settings))

    def _start(self, sink: Sink, is_persistent: bool = True, error: str = "") -> _Destination:
        """Start to deliver to a sink; `error` is why that is not possible now."""
        cursor = self._spool.register(sink.name, is_persistent)

        def on_delivered(message: Message) -> None:
            cursor.on_delivered(message)
            if self.listener is not None:
                self.listener(sink.name, message)

        worker = DeliveryWorker(sink, _log_warning, on_delivered, error=error)
        cursor.connect(worker)
        return _Destination(cursor, worker)

    def _stop(self, destination: _Destination) -> None:
        """Stop a removed sink; the spool counts the messages that it then discards."""
        destination.cursor.disconnect()
        undelivered = destination.worker.close(REMOVE_SECONDS)
        not_stored, names = destination.cursor.close()
        for text in loss_lines(not_stored, names):
            _log_warning(f"{destination.cursor.name} removed, discarding {text}")
        self._spool.unregister(destination.cursor)
        lost = destination.lost - undelivered + not_stored
        self._add_lost_by_removed(destination.cursor.name, lost)

    def _add_lost_by_removed(self, name: str, count: int) -> None:
        counts = self._lost_by_removed
        is_known = name in counts or len(counts) < MAXIMUM_REMOVED
        counts[name if is_known else "other removed sinks"] += count

    def close(self, timeout: float) -> None:
        """
        Deliver the queued messages, and stop.

        Args:
            timeout: seconds for all sinks together, at most.
        """
        self._spool.stop(WRITE_SECONDS)
        workers = [destination.worker for destination in self._all()]
        if workers:
            with ThreadPoolExecutor(len(workers)) as pool:
                list(pool.map(lambda worker: worker.close(timeout), workers))
        self._spool.close()
        self._lost_by_removed = Counter(self.losses)
        self._destinations.clear()
        self._console = None

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close(0.0)

    def _all(self) -> list[_Destination]:
        return [*self._destinations.values(), *([self._console] if self._console else [])]

    @property
    def open_windows(self) -> tuple[WindowRecord, ...]:
        """The windows that were open when the service last stopped."""
        return self._spool.open_windows

    def put(self, *messages: Message, changes: WindowChanges = NO_WINDOW_CHANGES) -> None:
        """Store messages and changes of windows, then send them to every sink; never blocks."""
        self._spool.put(messages, changes)

    def poll(self) -> None:
        """Let messages bypass a disk that does not respond; to be called each second."""
        self._spool.poll()

    @property
    def is_keeping_up(self) -> bool:
        """Whether the disk responds; if not, postpone what can wait, since it stays in memory."""
        return not self._spool.is_stalled

    @property
    def lost(self) -> int:
        """Messages lost, summed over all sinks since the start."""
        return sum(self.losses.values())

    @property
    def lost_by_sink(self) -> Mapping[str, int]:
        """Messages lost by each sink since it was configured."""
        return {destination.worker.name: destination.lost for destination in self._all()}

    @property
    def losses(self) -> Mapping[str, int]:
        """Messages lost since the start, by each sink that lost some, removed ones included."""
        return self._lost_by_removed + Counter(self.lost_by_sink)

    @property
    def spool_error(self) -> str:
        """Why messages are not stored, or ''."""
        return f"not stored on disk: {self._spool.error}" if self._spool.error else ""

    @property
    def errors_by_sink(self) -> Mapping[str, str]:
        """Why each sink does not take messages, or ''."""
        return {destination.worker.name: destination.worker.error for destination in self._all()}

    @property
    def errors(self) -> list[str]:
        """The current errors of the spool and of sinks."""
        return [error for error in (self.spool_error, *self.errors_by_sink.values()) if error]

    @property
    def sink_statuses(self) -> Iterator[SinkStatus]:
        """The delivery status of each sink."""
        for destination in self._all():
            worker = destination.worker
            yield SinkStatus(worker.name, worker.queued, destination.lost, bool(worker.error))


def _probe_error(settings: SinkTable) -> str:
    """Return why a sink is not available now, or ''."""
    try:
        settings.probe()
    except SinkError as error:
        return str(error)
    return ""


def _open_spool(settings: SpoolSettings | None) -> Spool:
    """Return the spool, or one that stores nothing if there is no directory for it."""
    if settings is None:
        settings, directory = SpoolSettings(), None
    else:
        directory = state_directory(settings.directory)
        if directory is None:
            _log_warning(f"{STATE_DIRECTORY} is not writable: messages are not stored on disk")
    return Spool(directory, settings.maximum_messages, settings.maximum_bytes, _log_warning)


def _log_warning(text: str) -> None:
    """Write to the log if possible: a log that cannot be written must not prevent delivery."""
    with contextlib.suppress(OSError, ValueError):  # its reader is gone, or it is closed
        _log.warning(text)
