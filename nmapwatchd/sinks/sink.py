"""A sink says messages to somebody."""

from typing import Protocol, runtime_checkable

from nmapwatchd.core.alert import Message


class SinkError(Exception):
    """A message was not delivered; the sentence says why."""

    @classmethod
    def of(cls, name: str, error: OSError) -> "SinkError":
        """Return what the system said about the sink or the file of that name."""
        return cls(f"{name}: {error.strerror or error or type(error).__name__}")


class Sink(Protocol):
    """
    Says messages to somebody, one at a time, from one thread.

    Whoever drives it opens it, sends, and after a SinkError closes it before opening it again; a
    sink has no back-off and no queue of its own.
    """

    @property
    def name(self) -> str:
        """What the operator calls it, such as `tls://siem.example.org:6514`."""

    def open(self) -> None:
        """
        Make ready to send.

        Raises:
            SinkError: nobody is there.
        """

    def send(self, message: Message) -> None:
        """
        Deliver a message; return once the other side has it, as far as its protocol can tell.

        Raises:
            SinkError: it was not delivered, or perhaps only in part; send it again.
        """

    def close(self) -> None:
        """Let go of what `open` took; never raises, and may be called twice."""


@runtime_checkable
class ConfirmingSink(Sink, Protocol):
    """A sink whose protocol has no receipts, and which can find out all the same."""

    def confirm(self) -> None:
        """
        Find out whether the other side has read everything that was sent since `open`, and close.

        Raises:
            SinkError: perhaps not; send it again.
        """


def bracketed(host: str) -> str:
    """Return a host as it stands before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
