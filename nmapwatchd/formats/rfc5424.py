"""A message as RFC 5424 syslog with structured data, for a collector."""

import re
from collections.abc import Sequence

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.parameters import Parameter, fit
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import syslog_pri
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import timestamp

# The project has no enterprise number. IANA keeps 0 reserved, so that nobody else's parameters are
# ever named so; a name without a number is IANA's to assign (RFC 5424, 6.3.2), another number is
# its owner's, and 32473 is the documentation's (RFC 5612). Operators with a number set their own.
DEFAULT_SD_ID = f"{PROGRAM}@0"
# Bytes of a message: rsyslog's default maxMessageSize, which is not 8192; it splits longer ones.
MAXIMUM_MESSAGE = 8096
# Bytes of a message in a datagram: the minimum MTU of IPv6 without the IP and UDP headers, so that
# it is never fragmented, since a lost fragment loses the message.
MAXIMUM_DATAGRAM = 1232
# Bytes reserved for ` omitted="…"` and the closing bracket.
_RESERVED = 24
# Lists of which only the first member is sent: the journal and JSON lines have the others.
_FIRST_ONLY = frozenset({"evidence"})

_NIL = "-"
# Characters of an SD-NAME (RFC 5424, 6.3.3), and the longest one.
_SD_ID = re.compile(r'(?=.{3,32}\Z)[^\x00- \x7f-\U0010ffff=\]"@]+@\d+(\.\d+)*', re.ASCII)


def is_sd_id(text: str) -> bool:
    """Return whether a text is a private SD-ID (RFC 5424, 6.3.2), `name@number`."""
    return _SD_ID.fullmatch(text) is not None


def format_rfc5424(
    message: Message,
    sensor: Sensor,
    maximum: int = MAXIMUM_MESSAGE,
    sd_id: str = DEFAULT_SD_ID,
) -> bytes:
    """
    Return a message as RFC 5424 bytes, without framing.

    Args:
        message: an alert or a sensor event.
        sensor: its origin.
        maximum: bytes of the result, at most, and at least MAXIMUM_DATAGRAM. Values that do not
            fit are left out (`parameters.fit`); the parameter `omitted` counts them.
        sd_id: the structured data's ID.
    """
    # With all six digits: rsyslog takes three for microseconds when it converts them to UTC.
    time = timestamp(message.at, "microseconds")
    header = (
        f"<{syslog_pri(message)}>1 {time} {sensor.syslog_host} {PROGRAM}"
        f" {sensor.process_id or _NIL} {message.action} "
    ).encode()
    # Only ASCII needs no byte-order mark, which rsyslog keeps as the start of the text.
    text = summarise(message).encode("ascii", "backslashreplace")
    capacity = maximum - len(header) - len(b" ") - len(text)
    return header + _structured_data(message, sd_id, capacity) + b" " + text


def _structured_data(message: Message, sd_id: str, capacity: int) -> bytes:
    """Return one SD-ELEMENT with as many values as fit."""
    element = f"[{sd_id}".encode()
    parameters = [
        Parameter(f' {name}="', [_escaped(value) for value in _sent(name, values)], '"')
        for name, values in flat_fields(message)
    ]
    text, omitted = fit(parameters, capacity - len(element) - _RESERVED)
    if omitted:
        text += f' omitted="{omitted}"'.encode()
    return element + text + b"]"


def _sent(name: str, values: Sequence[str]) -> Sequence[str]:
    return values[:1] if name in _FIRST_ONLY else values


def _escaped(value: str) -> str:
    return re.sub(r'(["\\\]])', r"\\\1", value)
