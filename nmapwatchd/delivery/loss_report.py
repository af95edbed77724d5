"""How the spool names messages to the operator."""

from collections.abc import Iterator, Sequence

from nmapwatchd.core.alert import Alert, Message

# Names of messages that are kept until they are said: what a batch of the spool may lose.
MAXIMUM_UNSAID = 4096
# Names of messages that one sentence tells; the rest is counted.
MAXIMUM_NAMES = 64


def named(message: Message) -> str:
    """Return the name of a message: for an alert, its action and event id."""
    if isinstance(message, Alert):
        return f"{message.action} {message.scan_id}"
    return str(message.action)


def sentences(count: int, names: Sequence[str]) -> Iterator[str]:
    """Yield lists that together name every message whose name is known, and count the rest."""
    for first in range(0, max(bool(count), len(names)), MAXIMUM_NAMES):
        some = names[first : first + MAXIMUM_NAMES]
        last = first + MAXIMUM_NAMES >= len(names)
        yield listed(count - first if last else len(some), some)


def listed(count: int, names: Sequence[str]) -> str:
    """Return how many messages there are, and as many names as one sentence bears."""
    shown = names[:MAXIMUM_NAMES]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f"{count} messages: {', '.join(shown)}{more}"
