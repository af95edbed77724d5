"""A message as RFC 5424 syslog with structured data, for a collector."""

import re

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import syslog_pri
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import timestamp

# 32473 is the enterprise number that RFC 5612 reserves for documentation: the project has none of
# its own.
SD_ID = f"{PROGRAM}@32473"
# Bytes of a message: rsyslog's default maxMessageSize; it truncates longer ones.
MAXIMUM_MESSAGE = 8192
# Bytes of a message in a datagram: the minimum MTU of IPv6 without the IP and UDP headers, so that
# it is never fragmented, since a lost fragment loses the message.
MAXIMUM_DATAGRAM = 1232
# Bytes of a host name (RFC 5424, 6).
_MAXIMUM_HOSTNAME = 255
# Bytes reserved for ` omitted="…"` and the closing bracket.
_RESERVED = 24
# Lists of which only the first member is sent: the journal and JSON lines have the others.
_FIRST_ONLY = frozenset({"evidence"})

_BOM = b"\xef\xbb\xbf"
_NIL = "-"


def format_rfc5424(message: Message, sensor: Sensor, maximum: int = MAXIMUM_MESSAGE) -> bytes:
    """
    Return a message as RFC 5424 bytes, without framing.

    Args:
        message: an alert or a sensor event.
        sensor: its origin.
        maximum: bytes of the result, at most; lists are shortened to fit, and the parameter
            `omitted` counts the values left out.
    """
    host = re.sub("[^!-~]", "_", sensor.hostname)[:_MAXIMUM_HOSTNAME] or _NIL
    # With all six digits: rsyslog takes three for microseconds when it converts them to UTC.
    time = timestamp(message.at, "microseconds")
    header = (
        f"<{syslog_pri(message)}>1 {time} {host} {PROGRAM}"
        f" {sensor.process_id or _NIL} {message.action} "
    ).encode()
    text = _text(message, maximum // 2)
    capacity = maximum - len(header) - 1 - len(text)
    return header + _structured_data(message, capacity) + b" " + text


def format_rfc5424_datagram(message: Message, sensor: Sensor) -> bytes:
    """Return a message as RFC 5424 bytes that fit one unfragmented datagram."""
    return format_rfc5424(message, sensor, MAXIMUM_DATAGRAM)


def _text(message: Message, maximum: int) -> bytes:
    """Return the summary, with a byte-order mark as UTF-8 unless it is ASCII."""
    text = summarise(message).encode()
    if text.isascii():
        return text
    return _BOM + text[: maximum - len(_BOM)].decode("utf-8", "ignore").encode()


def _structured_data(message: Message, capacity: int) -> bytes:
    """Return one SD-ELEMENT with as many values as fit."""
    element = f"[{SD_ID}".encode()
    capacity -= len(element) + _RESERVED
    omitted = 0
    for name, values in flat_fields(message):
        sent = values[:1] if name in _FIRST_ONLY else values
        parameter, left_out = _parameter(name, sent, capacity)
        element += parameter
        capacity -= len(parameter)
        omitted += left_out
    if omitted:
        element += f' omitted="{omitted}"'.encode()
    return element + b"]"


def _parameter(name: str, values: tuple[str, ...], capacity: int) -> tuple[bytes, int]:
    """Return an SD-PARAM with the values that fit, and the number of those that do not."""
    capacity -= len(f' {name}=""')
    fitting: list[bytes] = []
    for value in values:
        text = re.sub(r'(["\\\]])', r"\\\1", value).encode()
        capacity -= len(text) + 1
        if capacity < 0:
            break
        fitting.append(text)
    if not fitting:
        return b"", len(values)
    return b" " + name.encode() + b'="' + b",".join(fitting) + b'"', len(values) - len(fitting)
