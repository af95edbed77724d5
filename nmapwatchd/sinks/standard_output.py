"""Write messages to standard output, one per line."""

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.line_writer import LineWriter
from nmapwatchd.sinks.sink import SinkError

_DESCRIPTOR = 1


class StandardOutputSink:
    """
    Writes each message to standard output immediately.

    Args:
        name: display name.
        sensor: origin of the messages.
        format_: returns one line without its newline.
    """

    def __init__(self, name: str, sensor: Sensor, format_: Format) -> None:
        self._name, self._sensor, self._format = name, sensor, format_
        self._writer = LineWriter(_DESCRIPTOR)

    @property
    def name(self) -> str:
        """Display name."""
        return self._name

    def open(self) -> None:
        """Do nothing: standard output is open already."""

    def send(self, message: Message) -> None:
        """Write a message."""
        try:
            self._writer.write(self._format(message, self._sensor))
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Do nothing: standard output stays open."""
