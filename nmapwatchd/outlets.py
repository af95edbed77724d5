"""The outlets of a configuration: every sink with its queue, told as one."""

import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

import structlog

from nmapwatchd import __version__
from nmapwatchd.config import SinkTable
from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.errors import Fault, OperatorError
from nmapwatchd.sinks.build import syslog_transport
from nmapwatchd.sinks.ecs import line
from nmapwatchd.sinks.journald import Journald
from nmapwatchd.sinks.jsonl import STANDARD_OUTPUT, JsonLines
from nmapwatchd.sinks.outlet import Outlet
from nmapwatchd.sinks.sentence import sentence
from nmapwatchd.sinks.sink import Sensor, Sink, SinkError
from nmapwatchd.sinks.text import Text

_log = structlog.get_logger()

# Seconds that a sink which left the configuration has to say what it holds.
LEAVE_SECONDS = 2.0


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


def sink_faults(tables: Sequence[SinkTable]) -> Iterator[Fault]:
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
            yield Fault(f"sink[{number}]", str(error))


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
        return JsonLines(table.path, sensor)
    return syslog_transport(
        table.to,
        sensor,
        ca_file=table.ca_file,
        cert_file=table.cert_file,
        key_file=table.key_file,
    )


class Outlets:
    """
    Every sink that is told.

    Args:
        tables: the configured sinks; without any, the journal where there is one.
        output: `text` or `json` to print as well, or None.

    Raises:
        OperatorError: a sink cannot be used.
    """

    def __init__(self, tables: Sequence[SinkTable], output: str | None = None) -> None:
        self._sensor = this_sensor()
        self._lost_before = 0
        self._outlets: dict[SinkTable, Outlet] = {}
        self._printing: Outlet | None = None
        if output == "text":
            self._printing = Outlet(Text(sys.stdout), _say)
        elif output == "json":
            self._printing = Outlet(JsonLines(STANDARD_OUTPUT, self._sensor), _say)
        self.adopt(tables)

    def adopt(self, tables: Sequence[SinkTable]) -> None:
        """
        Tell these sinks from now on; those that are told already keep their queue.

        Raises:
            OperatorError: a sink cannot be used; all stays as it is.
        """
        wanted = list(tables)
        if not wanted and self._printing is None:
            wanted = [SinkTable(kind="journald")]
        faults = list(sink_faults([t for t in wanted if t not in self._outlets]))
        if faults:
            raise OperatorError(*faults)
        for table in [t for t in self._outlets if t not in wanted]:
            outlet = self._outlets.pop(table)
            outlet.close(LEAVE_SECONDS)
            self._lost_before += outlet.lost
        for table in wanted:
            if table not in self._outlets:
                self._outlets[table] = Outlet(_sink(table, self._sensor), _say)

    def __enter__(self) -> "Outlets":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close(0.0)

    def _all(self) -> list[Outlet]:
        return [*self._outlets.values(), *([self._printing] if self._printing else [])]

    def put(self, message: Message) -> None:
        """Hand a message to every sink; never waits."""
        for outlet in self._all():
            outlet.put(message)

    @property
    def lost(self) -> int:
        """Messages that some sink lost."""
        return self._lost_before + sum(outlet.lost for outlet in self._all())

    @property
    def faults(self) -> list[str]:
        """What is wrong with sinks that do not take what they are told."""
        return [outlet.fault for outlet in self._all() if outlet.fault]

    def close(self, timeout: float) -> None:
        """Let every sink say what it holds, within so many seconds for all, and end."""
        for outlet in self._all():
            outlet.close(timeout)
        self._lost_before = self.lost
        self._outlets.clear()
        self._printing = None


def _say(text: str) -> None:
    _log.warning(text)
