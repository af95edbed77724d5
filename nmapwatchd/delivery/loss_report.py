"""Log texts that name lost messages."""

from collections.abc import Iterator, Sequence

# Names of lost messages kept until they are reported: as many as one batch of the spool may lose.
MAXIMUM_UNREPORTED = 4096
# Names in one log line; the other messages are counted.
MAXIMUM_NAMES = 64


def loss_lines(count: int, names: Sequence[str]) -> Iterator[str]:
    """
    Yield texts that together name all messages whose names are known, and count the others.

    Args:
        count: of messages, at least as many as names.
        names: of the first of them.
    """
    for first in range(0, max(bool(count), len(names)), MAXIMUM_NAMES):
        some = names[first : first + MAXIMUM_NAMES]
        is_last = first + MAXIMUM_NAMES >= len(names)
        yield loss_text(count - first if is_last else len(some), some)


def loss_text(count: int, names: Sequence[str]) -> str:
    """Return how many messages there are, and MAXIMUM_NAMES of their names."""
    shown = names[:MAXIMUM_NAMES]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f"{count} messages: {', '.join(shown)}{more}"
