"""The types of formats, by which sinks take them."""

from collections.abc import Callable, Sequence

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.sensor import Sensor

# Returns a message as bytes, without the framing of a transport (a newline, an octet count).
Format = Callable[[Message, Sensor], bytes]
# Returns a message as the fields of a journal entry, `NAME=value`. It differs from Format because
# journald's interface takes fields; host, process and version are added by journald itself.
JournalFormat = Callable[[Message], Sequence[str]]
