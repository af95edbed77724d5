"""A message as flat fields, for formats without nested objects."""

from collections.abc import Iterator, Mapping

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.formats.field import Bounds, Context, Field
from nmapwatchd.formats.fields import fields_of
from nmapwatchd.formats.values import MAXIMUM_LISTED

FlatFields = Iterator[tuple[str, tuple[str, ...]]]

# What flat formats write is for people and rules; software that needs each of hundreds of
# signatures reads JSON.
_CONTEXT = Context(bounds=Bounds(rules=MAXIMUM_LISTED))

_BY_KIND: Mapping[type[Message], tuple[Field, ...]] = {
    kind: tuple(field for field in fields_of(kind) if field.flat)
    for kind in (Alert, FloodSummary, SensorEvent)
}


def flat_fields(message: Message) -> FlatFields:
    """
    Yield each field's name and its printable values, most important first.

    A field without a value is left out.
    """
    for field in _BY_KIND[type(message)]:
        value = field.take(message, _CONTEXT)
        if isinstance(value, list):
            if value:
                yield field.flat, tuple(map(str, value))
        elif value != "" and (value or not field.omits_zero):
            yield field.flat, (str(value),)
