"""The delivery of a configuration: every sink with its queue, told as one."""

import contextlib
import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import structlog

from nmapwatchd import __version__
from nmapwatchd.config.settings import SinkTable, SpoolTable
from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.spool import Spool
from nmapwatchd.delivery.worker import DeliveryWorker, SinkStatus
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.formats.ecs import line
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.summary import sentence
from nmapwatchd.sinks.factory import syslog_transport
from nmapwatchd.sinks.file import STANDARD_OUTPUT, JsonFile
from nmapwatchd.sinks.journald import Journald
from nmapwatchd.sinks.sink import Sink, SinkError
from nmapwatchd.sinks.terminal import Text

_log = structlog.get_logger()

# Takes the name of a sink, and a message that it has, or that was given up; from any thread.
Listener = Callable[[str, Message], None]

# Seconds that a sink which left the configuration has to say what it holds.
LEAVE_SECONDS = 2.0
# Seconds that the disk has to take what was said last.
WRITE_SECONDS = 3.0
# Where the unit's StateDirectory is, for one who runs the program without systemd.
_STATE_DIRECTORY = "/var/lib/nmapwatchd"


def this_sensor() -> Sensor:
    """Return who speaks."""
    return Sensor(platform.node(), __version__, os.getpid())


def printer(output: str) -> Callable[[str, Alert], None]:
    """Return what prints the alerts of a capture, as text or as JSON lines, each at once."""
    sensor = this_sensor()

    def say(capture: str, alert: Alert) -> None:
        text = sentence(alert) if output == "text" else line(alert, sensor, capture)
        print(text, flush=True)

    return say


def sink_faults(tables: Sequence[SinkTable]) -> Iterator[Diagnostic]:
    """Yield what is wrong with sinks, as far as can be told without telling them something."""
    for number, table in enumerate(tables, 1):
        try:
            sink = _sink(table, this_sensor())
            if table.kind != "syslog":  # a collector may be away; a file or the journal may not
                sink.open()
                sink.close()
            elif not table.to.startswith("unix:"):
                _need_network(table.to)
        except (ValueError, SinkError) as error:
            yield Diagnostic(f"sink[{number}]", str(error))


def _need_network(collector: str) -> None:
    """
    Find out whether this process may speak to a collector on the network.

    Raises:
        SinkError: it may not; its unit must say otherwise.
    """
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        raise SinkError(
            f"{collector}: the service has no network ({error.strerror}); "
            "give its unit RestrictAddressFamilies=AF_INET AF_INET6, see nmapwatchd(8)"
        ) from error


def _sink(table: SinkTable, sensor: Sensor) -> Sink:
    """
    Return the sink that a table asks for.

    Raises:
        ValueError: it makes no sense.
    """
    if table.kind == "journald":
        return Journald()
    if table.kind == "jsonl":
        return JsonFile(table.path, sensor)
    return syslog_transport(
        table.to,
        sensor,
        ca_file=table.ca_file,
        cert_file=table.cert_file,
        key_file=table.key_file,
        passphrase_file=table.passphrase_file,
    )


def spool_directory(table: SpoolTable) -> Path | None:
    """Return where alerts are kept, or None where there is no place for them."""
    if table.directory:
        return Path(table.directory)
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    place = Path(given or _STATE_DIRECTORY)
    ours = given or (place.is_dir() and place.stat().st_uid == os.geteuid())
    return place if ours and os.access(place, os.W_OK) else None


class Delivery:
    """
    Every sink that is told, of what the spool keeps for it.

    Args:
        tables: the configured sinks; without any, the journal where there is one.
        output: `text` or `json` to print as well, or None.
        spool: where messages are kept; None to keep nothing.

    Raises:
        OperatorError: a sink cannot be used.
    """

    def __init__(
        self,
        tables: Sequence[SinkTable],
        output: str | None = None,
        spool: SpoolTable | None = None,
    ) -> None:
        self._sensor = this_sensor()
        self.listener: Listener | None = None  # told of every message that a sink has
        self._lost_before = 0
        self._told: dict[SinkTable, tuple[SinkCursor, DeliveryWorker]] = {}
        self._printing: DeliveryWorker | None = None
        self._output = output
        faults = list(sink_faults(self._wanted(tables)))
        if faults:
            raise OperatorError(*faults)
        table = SpoolTable() if spool is None else spool
        directory = None if spool is None else spool_directory(spool)
        if spool is not None and directory is None:
            _say(f"{_STATE_DIRECTORY} is not ours to write: alerts are not kept on disk")
        self._spool = Spool(directory, table.maximum_messages, table.maximum_mebibytes << 20, _say)
        if output is not None:
            text = output == "text"
            sink = Text(sys.stdout) if text else JsonFile(STANDARD_OUTPUT, self._sensor)
            _, self._printing = self._outlet(sink, kept=False)
        self.adopt(tables)

    def _wanted(self, tables: Sequence[SinkTable]) -> list[SinkTable]:
        if not tables and self._output is None:
            return [SinkTable(kind="journald")]
        return list(tables)

    def adopt(self, tables: Sequence[SinkTable]) -> None:
        """
        Tell these sinks from now on; those that are told already keep their queue.

        One that is told no more has a moment to take what waits; the rest is dropped.

        Raises:
            OperatorError: a sink cannot be used; all stays as it is.
        """
        wanted = self._wanted(tables)
        faults = list(sink_faults([t for t in wanted if t not in self._told]))
        if faults:
            raise OperatorError(*faults)
        sinks = {t: _sink(t, self._sensor) for t in wanted if t not in self._told}
        names = [sink.name for sink in sinks.values()]
        names += [feed.name for table, (feed, _) in self._told.items() if table in wanted]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise OperatorError(*(Diagnostic("sink", f"{name} is there twice") for name in twice))
        for table in [t for t in self._told if t not in wanted]:
            feed, outlet = self._told.pop(table)
            feed.disconnect()
            left = outlet.close(LEAVE_SECONDS)
            self._spool.leave(feed)
            self._lost_before += outlet.lost - left  # the spool counts what it drops
        self._spool.keep_only(names)
        for table, sink in sinks.items():
            self._told[table] = self._outlet(sink)

    def _outlet(self, sink: Sink, kept: bool = True) -> tuple[SinkCursor, DeliveryWorker]:
        feed = self._spool.feed(sink.name, kept)

        def done(message: Message) -> None:
            feed.done(message)
            if self.listener is not None:
                self.listener(sink.name, message)

        outlet = DeliveryWorker(sink, _say, done)
        feed.connect(outlet)
        return feed, outlet

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close(0.0)

    def _all(self) -> list[DeliveryWorker]:
        told = [outlet for _, outlet in self._told.values()]
        return [*told, *([self._printing] if self._printing else [])]

    @property
    def remembered(self) -> tuple[WindowRecord, ...]:
        """The scans that went on when the service ended."""
        return self._spool.remembered

    def put(self, *messages: Message, changes: WindowChanges = NO_WINDOW_CHANGES) -> None:
        """Keep messages, and what became of windows, and hand them to every sink; never waits."""
        self._spool.put(messages, changes)

    def look(self) -> None:
        """Let messages past a disk that does not answer; to be called each second."""
        self._spool.look()

    @property
    def keeps_up(self) -> bool:
        """Whether the disk answers; otherwise what can wait should, for all that is put is held."""
        return not self._spool.is_wedged

    @property
    def lost(self) -> int:
        """Messages that some sink lost."""
        return self._lost_before + self._spool.lost + sum(outlet.lost for outlet in self._all())

    @property
    def losses(self) -> str:
        """How many messages each sink lost since it is told, in words."""
        lost = self.lost_by_sink.items()
        return ", ".join(f"by {name} {count} in all" for name, count in lost if count)

    @property
    def faults(self) -> list[str]:
        """What is wrong with the spool, and with sinks that do not take what they are told."""
        spool = [self.spool_fault] if self.spool_fault else []
        return spool + [fault for fault in self.faults_by_sink.values() if fault]

    @property
    def spool_fault(self) -> str:
        """Why messages are not kept, where they should be, or ''."""
        return f"not kept on disk: {self._spool.fault}" if self._spool.fault else ""

    @property
    def faults_by_sink(self) -> Mapping[str, str]:
        """Why each sink does not take what it is told, or ''."""
        return {outlet.name: outlet.fault for outlet in self._all()}

    @property
    def sink_statuses(self) -> Iterator[SinkStatus]:
        """How each sink takes what it is told."""
        lost = self.lost_by_sink
        for outlet in self._all():
            yield SinkStatus(outlet.name, outlet.waiting, lost[outlet.name], bool(outlet.fault))

    @property
    def lost_by_sink(self) -> Mapping[str, int]:
        """Messages that each sink was not told and will not be."""
        lost = {outlet.name: outlet.lost for outlet in self._all()}
        for feed, outlet in self._told.values():
            lost[outlet.name] += feed.lost
        return lost

    def close(self, timeout: float) -> None:
        """Let every sink say what it holds, within so many seconds for all, and end."""
        self._spool.stop(WRITE_SECONDS)
        delivery = self._all()
        if delivery:
            with ThreadPoolExecutor(len(delivery)) as pool:
                list(pool.map(lambda outlet: outlet.close(timeout), delivery))
        self._spool.close()
        self._lost_before = self.lost - self._spool.lost
        self._told.clear()
        self._printing = None


def _say(text: str) -> None:
    """Write to the diary, where it can be written: without it alerts are delivered all the same."""
    with contextlib.suppress(OSError, ValueError):  # its reader is gone, or it is closed
        _log.warning(text)
