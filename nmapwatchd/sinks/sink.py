"""The interface of a sink, a transport for messages."""

from typing import Protocol, runtime_checkable

from nmapwatchd.core.alert import Message


class SinkError(Exception):
    """A message was not delivered; the text names sink and reason."""

    @classmethod
    def of(cls, name: str, error: OSError) -> "SinkError":
        """Return the error for an operating system error of the sink or file of that name."""
        return cls(f"{name}: {error.strerror or str(error) or type(error).__name__}")


class Sink(Protocol):
    """
    Delivers messages one at a time, from one thread.

    The caller opens it, sends, and after a SinkError closes it before opening it again; a sink has
    neither back-off nor queue.
    """

    @property
    def name(self) -> str:
        """Display name, such as `tls://siem.example.org:6514`."""

    def open(self) -> None:
        """
        Prepare to send.

        Raises:
            SinkError: the destination is not available.
        """

    def send(self, message: Message) -> None:
        """
        Deliver a message; return once the destination has it, as far as its protocol can tell.

        Raises:
            SinkError: it was not delivered, or only in part; send it again.
        """

    def close(self) -> None:
        """Release what `open` acquired; never raises, and may be called twice."""


@runtime_checkable
class ConfirmingSink(Sink, Protocol):
    """A sink whose protocol has no receipts, but which can find out whether messages were read."""

    def confirm(self) -> None:
        """
        Find out whether the destination has read everything sent since `open`, and close.

        Raises:
            SinkError: it may not have; send it again.
        """


def bracketed(host: str) -> str:
    """Return a host as URLs write it before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
