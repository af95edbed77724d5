"""Prints messages for a person, one sentence a line."""

from typing import TextIO

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.summary import sentence
from nmapwatchd.sinks.sink import SinkError


class Text:
    """
    Prints sentences.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return "text"

    def open(self) -> None:
        """Nothing is needed."""

    def send(self, message: Message) -> None:
        """Print a message."""
        try:
            print(sentence(message), file=self._stream, flush=True)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Nothing is let go: the stream is somebody else's."""
