"""One named parameter of a syslog message, cut between its values to fit."""

from collections.abc import Iterable


def parameter(start: str, values: Iterable[str], end: str, capacity: int) -> tuple[bytes, int]:
    """
    Return a parameter with the values that fit, and the number of those left out.

    A value is never cut, so no escape and no character is either. A parameter of which no value
    fits is left out.

    Args:
        start: what precedes the values, the separator from the parameter before included.
        values: escaped for the format; joined by commas.
        end: what follows the values.
        capacity: bytes of the result, at most.
    """
    encoded = [value.encode() for value in values]
    capacity -= len(start.encode()) + len(end.encode())
    fitting: list[bytes] = []
    for value in encoded:
        capacity -= len(value) + (1 if fitting else 0)
        if capacity < 0:
            break
        fitting.append(value)
    omitted = len(encoded) - len(fitting)
    if not fitting:
        return b"", omitted
    return start.encode() + b",".join(fitting) + end.encode(), omitted
