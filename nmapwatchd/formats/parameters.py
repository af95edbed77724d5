"""The named parameters of a syslog message, as many of their values as fit."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter.

    Args:
        start: what precedes the values, the separator from the parameter before included.
        values: escaped for the format; joined by commas.
        end: what follows the values.
    """

    start: str
    values: Sequence[str]
    end: str = ""


def fit(parameters: Sequence[Parameter], capacity: int) -> tuple[bytes, int]:
    """
    Return parameters with the values that fit, and the number of values left out.

    Each parameter is given its first value, in their order, before a list is given its second one:
    a long list does not displace what follows it. A value is never cut, so no escape and no
    character is either; a parameter whose first value does not fit is left out.

    Args:
        parameters: most important first.
        capacity: bytes of the result, at most.
    """
    encoded = [[value.encode() for value in parameter.values] for parameter in parameters]
    written = [0] * len(parameters)
    for number, (parameter, values) in enumerate(zip(parameters, encoded, strict=True)):
        size = len(parameter.start.encode()) + len(parameter.end.encode())
        if values and size + len(values[0]) <= capacity:
            capacity -= size + len(values[0])
            written[number] = 1
    for number, values in enumerate(encoded):
        for value in values[1:] if written[number] else ():
            if len(b",") + len(value) > capacity:
                break
            capacity -= len(b",") + len(value)
            written[number] += 1
    text = b"".join(
        parameter.start.encode() + b",".join(values[:count]) + parameter.end.encode()
        for parameter, values, count in zip(parameters, encoded, written, strict=True)
        if count
    )
    return text, sum(map(len, encoded)) - sum(written)
