"""A message as one line of JSON, an object of the Elastic Common Schema (ECS)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.formats.field import Bounds, Context, Value
from nmapwatchd.formats.fields import fields_of
from nmapwatchd.formats.sensor import Sensor

Document = dict[str, Any]
# The objects of a document, and at its leaves what returns the value.
_Template = dict[str, "Callable[[Any, Context], Value] | _Template"]

# Bytes of a line. Wazuh's log collector, of the usual readers the one with the least room except
# for Splunk's default, takes 64 KiB less 256 bytes.
MAXIMUM_LINE = 63 * 1024
# A line that is longer is written with the next bounds. Signatures go first, since there are most
# of them; a real scan of everything keeps the first bounds. By the last ones the longest strings
# cannot exceed MAXIMUM_LINE.
BOUNDS = (
    Bounds(),
    Bounds(rules=512),
    Bounds(rules=256),
    Bounds(rules=64),
    Bounds(rules=16, members=16, name=64, text=160),
    Bounds(rules=2, members=2, name=32, text=64),
)

# First members of a document, in this order; the others follow as the table has them.
_FIRST = ("@timestamp", "message", "event", "tags", "source", "destination", "network", "related")
_LAST = "nmapwatchd"


def format_ecs(message: Message, sensor: Sensor, capture: str = "") -> bytes:
    """Return a message as one line of ASCII JSON, without the newline; see `document`."""
    for bounds in BOUNDS:
        line = _line(document(message, sensor, capture, bounds))
        if len(line) <= MAXIMUM_LINE:
            break
    return line


def document(
    message: Message, sensor: Sensor, capture: str = "", bounds: Bounds = BOUNDS[0]
) -> Document:
    """
    Return a message as an ECS object, whose keys depend on the type of the message only.

    A field without a value is an empty list, whatever its type: indexers take it for absent, so
    that a search for what exists does not find it, as it would find an empty string.

    Args:
        message: an alert, a summary of a flood or a sensor event.
        sensor: its origin.
        capture: name of the replayed capture file; empty for live traffic, which is identified by
            its interfaces.
        bounds: how much of the message is written.
    """
    return _filled(_TEMPLATES[type(message)], message, Context(sensor, capture, bounds))


def _line(found: Document) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()


def _filled(template: _Template, message: Message, context: Context) -> Document:
    found: Document = {}
    for key, part in template.items():
        if isinstance(part, dict):
            found[key] = _filled(part, message, context)
        else:
            value = part(message, context)
            found[key] = [] if value == "" else value
    return found


def _template(kind: type[Message]) -> _Template:
    root: _Template = {}
    for field in fields_of(kind):
        if not field.path:
            continue
        *parents, key = field.path.split(".")
        node = root
        for parent in parents:
            child = node.setdefault(parent, {})
            assert isinstance(child, dict)
            node = child
        node[key] = field.take
    keys = (*_FIRST, *(key for key in root if key not in {*_FIRST, _LAST}), _LAST)
    return {key: root[key] for key in keys if key in root}


_TEMPLATES: Mapping[type[Message], _Template] = {
    kind: _template(kind) for kind in (Alert, FloodSummary, SensorEvent)
}
