"""Export the table of fields as the reference of all messages, docs/alerts.md."""

import json
from collections.abc import Mapping
from typing import Any

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.exports.example_messages import (
    CLOSED,
    EXAMPLE_SENSOR,
    EXPECTED,
    FLOOD,
    HEARTBEAT,
    OPENED,
    OUTSIDE,
)
from nmapwatchd.exports.words import code
from nmapwatchd.formats.actions import ACTIONS, ActionInfo
from nmapwatchd.formats.cef import IN_HEADER, custom
from nmapwatchd.formats.ecs import MAXIMUM_LINE, Document, document
from nmapwatchd.formats.field import MAXIMUM_RULES, Context, Field
from nmapwatchd.formats.fields import ECS_VERSION, FIELDS
from nmapwatchd.formats.values import MAXIMUM_LISTED

# Characters of an example in a table.
_MAXIMUM_EXAMPLE = 60

_HEAD = f"""\
# Messages

Every field of every message, in each format. `nmapwatchd catalogue --output alerts` generates this
page from the table that the formats are compiled from.

| format | where | fields |
| --- | --- | --- |
| JSON | `kind = "jsonl"`, `--output json` | one object a line, \
[ECS](https://www.elastic.co/guide/en/ecs/current/index.html) {ECS_VERSION} |
| structured data | `kind = "syslog"`, RFC 5424 | one SD-ELEMENT; lists are joined by commas |
| journal | `kind = "journald"` | `NMAPWATCHD_*`; of a list, one field for each value |
| CEF | `kind = "syslog"`, `format = "cef"` | the extension; the severity is in the header |

- A document has the same keys whatever the message says; they depend on its kind only: scan, flood
  or sensor event. There is no array of objects, and no data as a key.
- A field without a value is an empty list, `[]`, whatever its type. Indexers take that for absent,
  so that `nmapwatchd.expected: *` finds authorised scans and no others. A number that counts is 0;
  a `sensor-selftest` does not know the counters, and has no value of them. Structured data, journal
  and CEF leave a field without a value out, and `decoys` and `*_omitted` if they are 0.
- A field of which ECS has one value has one value: the first. All of them are in a list of
  `nmapwatchd.*`, and the addresses in `related.ip`.
- `event.id` is a message's own. One that is sent again is the same document; a replay of the same
  packets gives the same ids. `nmapwatchd.scan.id` is the same in all messages of a scan, which
  `event.sequence` numbers from 1.
- A list has {MAXIMUM_LISTED} members at most, that of the signatures {MAXIMUM_RULES}; `*_omitted`
  counts the others. A line of JSON has {MAXIMUM_LINE} bytes at most: of a longer one the list of
  signatures is cut to 512, 256, 64, then every list and text.
- Text from the network is printable ASCII in JSON and on one line everywhere; anything else is
  escaped, as in `\\x00` or `\\u202e`, and a backslash is doubled.
"""

_ELASTIC = """
## Elastic

Elasticsearch takes the JSON lines as they are. Filebeat, or Elastic Agent with *Custom Logs
(Filestream)* and the same parser and processor:

```yaml
filebeat.inputs:
  - type: filestream
    id: nmapwatchd
    paths: [/var/log/nmapwatchd/alerts.jsonl]
    parsers:
      - ndjson: {target: "", overwrite_keys: true, add_error_key: true}
    processors:
      - fingerprint: {fields: [event.id], target_field: "@metadata._id"}
```

`fingerprint` makes a message that arrives twice one document. In a data stream `logs-*-*` the
mappings that come with Elasticsearch (`ecs@mappings`) give every field the type below, those of
`nmapwatchd.*` as well. One hit for each scan, none for an authorised one:

```
event.module: nmapwatchd and event.kind: alert
```

All messages of one scan, in order of `event.sequence`:

```
nmapwatchd.scan.id: 7c9e6679f7425d40a5c1e2b0d7a94b1f
```

Other readers of JSON lines need room for a long line: Splunk's `TRUNCATE` is 10,000 bytes by
default.
"""

# The journal's own fields, and what of a message they have.
_JOURNAL = """
The journal has `MESSAGE`, the sentence; `MESSAGE_ID`, by action; `PRIORITY`; `SYSLOG_IDENTIFIER`,
`nmapwatchd`; and `SYSLOG_FACILITY`, 3. RFC 5424 has the action as MSGID and the sentence as MSG.
"""

_ACTIONS = """
## Actions

*Severity* is `event.severity`, `event.risk_score` and the priority of syslog. That of a scan is by
what it does; [nmapwatchd(8)](nmapwatchd.8) has the table.

| action | `event.kind` | severity | `MESSAGE_ID` |
| --- | --- | --- | --- |
"""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "Every message": (Alert, FloodSummary, SensorEvent),
    "Scans and floods": (Alert, FloodSummary),
    "Scans": (Alert,),
    "Floods": (FloodSummary,),
    "Sensor events": (SensorEvent,),
}
_EXAMPLES: tuple[tuple[Message, Context], ...] = (
    (CLOSED, Context(EXAMPLE_SENSOR)),
    (OPENED, Context(EXAMPLE_SENSOR)),
    (EXPECTED, Context(EXAMPLE_SENSOR, "lan.pcap")),
    (OUTSIDE, Context(EXAMPLE_SENSOR)),
    (FLOOD, Context(EXAMPLE_SENSOR)),
    (HEARTBEAT, Context(EXAMPLE_SENSOR)),
)
_DOCUMENTS: Mapping[str, Message] = {
    "A scan is detected": OPENED,
    "A scan is over": CLOSED,
    "A heartbeat of the sensor": HEARTBEAT,
}


def alerts() -> str:
    """Return the reference: actions, a table of fields for each kind of message, examples."""
    parts = [_HEAD, _ACTIONS, *map(_action, ACTIONS.values()), _ELASTIC, "\n## Fields\n", _JOURNAL]
    parts += [_table(title, kinds) for title, kinds in _KINDS.items()]
    parts.append("\n## Examples\n")
    parts += [_document(title, message) for title, message in _DOCUMENTS.items()]
    return "".join(parts)


def _action(info: ActionInfo) -> str:
    kind = "alert" if info.action is OPENED.action else "event"
    fixed = info.severity
    severity = f"{fixed.severity}, {fixed.risk_score}, {fixed.priority}" if fixed else "by the scan"
    return f"| `{info.action}` | {kind} | {severity} | `{info.message_id}` |\n"


def _table(title: str, kinds: tuple[type, ...]) -> str:
    rows = "".join(_row(field) for field in FIELDS if field.kinds == kinds)
    return (
        f"\n### {title}\n\n"
        "| JSON | type | structured data | journal | CEF | meaning | example | since |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        f"{rows}"
    )


def _row(field: Field) -> str:
    journal = f"NMAPWATCHD_{field.flat.upper()}" if field.flat else ""
    cells = (
        _code(field.path),
        f"{field.type}, list" if field.is_list else field.type.value,
        _code(field.flat),
        _code(journal),
        _code(_cef_key(field)),
        field.meaning,
        _code(_example(field)),
        field.since,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _cef_key(field: Field) -> str:
    """Return the key of CEF's dictionary, else the sensor's own; '' for what the header has."""
    if field.cef or not field.flat or field.flat in IN_HEADER:
        return field.cef
    return custom(field.flat)


def _code(text: str) -> str:
    return code(text) if text else ""


def _example(field: Field) -> str:
    """Return the first example that is a value."""
    values: list[Any] = [
        field.take(message, context)
        for message, context in _EXAMPLES
        if isinstance(message, field.kinds)
    ]
    found = next((value for value in values if value not in ("", [], 0)), values[0])
    text = json.dumps(found)
    return text if len(text) <= _MAXIMUM_EXAMPLE else f"{text[: _MAXIMUM_EXAMPLE - 3]}..."


def _document(title: str, message: Message) -> str:
    text = _indented(document(message, EXAMPLE_SENSOR))
    return f"\n### {title}\n\n```json\n{text}\n```\n"


def _indented(found: Document, depth: int = 1) -> str:
    """Return a document as JSON with each member on a line, and a list on one."""
    members = (
        f"{json.dumps(key)}: "
        + (_indented(value, depth + 1) if isinstance(value, dict) else json.dumps(value))
        for key, value in found.items()
    )
    margin = "  " * depth
    return "{\n" + ",\n".join(margin + member for member in members) + f"\n{margin[2:]}}}"
