"""A message as syslog writes it: RFC 5424 for a collector, the traditional form for this host."""

import re

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import timestamp
from nmapwatchd.formats.flat import fields
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import syslog_pri
from nmapwatchd.formats.summary import sentence

# 32473 is the enterprise number that RFC 5612 sets aside for documentation: the project has none
# of its own.
SD_ID = f"{PROGRAM}@32473"
# Bytes of a message: what rsyslog takes by default (maxMessageSize); it cuts what is longer.
MAXIMUM_MESSAGE = 8192
# Bytes of a message in a datagram: the least MTU of IPv6 without the IP and UDP headers, so that
# it is never fragmented, for a lost fragment loses the message.
MAXIMUM_DATAGRAM = 1232
# Bytes of a host name (RFC 5424, 6).
_MAXIMUM_HOSTNAME = 255
# Bytes kept for ` omitted="…"` and the closing bracket.
_RESERVED = 24
# Lists of which the first member must do: the others are in the journal and in JSON lines.
_FIRST_ONLY = frozenset({"evidence"})

_BOM = b"\xef\xbb\xbf"
_NIL = "-"


def syslog_message(message: Message, sensor: Sensor, maximum: int = MAXIMUM_MESSAGE) -> bytes:
    """
    Return a message as RFC 5424 bytes, without framing.

    Args:
        message: what happened.
        sensor: who says so.
        maximum: bytes of the result, at most; lists are shortened until it holds, and the
            parameter `omitted` counts what was left out.
    """
    host = re.sub("[^!-~]", "_", sensor.hostname)[:_MAXIMUM_HOSTNAME] or _NIL
    # All six digits: of three, rsyslog makes microseconds where it converts them to UTC.
    at = timestamp(message.at, "microseconds")
    head = (
        f"<{syslog_pri(message)}>1 {at} {host} {PROGRAM}"
        f" {sensor.process_id or _NIL} {message.action} "
    ).encode()
    said = _said(message, maximum // 2)
    room = maximum - len(head) - 1 - len(said)
    return head + _structured_data(message, room) + b" " + said


def local_message(message: Message, sensor: Sensor) -> bytes:
    """
    Return a message in the form that syslog(3) writes to its socket.

    Nothing that listens there reads RFC 5424: both systemd-journald and rsyslog take its header
    for the text. They stamp and name the host themselves.
    """
    identifier = f"{PROGRAM}[{sensor.process_id}]" if sensor.process_id else PROGRAM
    values = dict(fields(message))
    (event_id,) = values["event_id"]
    return (
        f"<{syslog_pri(message)}>{identifier}: {sentence(message)} [{message.action} {event_id}]"
    ).encode()


def _said(message: Message, maximum: int) -> bytes:
    """Return the sentence, marked as UTF-8 where it is more than ASCII."""
    said = sentence(message).encode()
    if said.isascii():
        return said
    return _BOM + said[: maximum - len(_BOM)].decode("utf-8", "ignore").encode()


def _structured_data(message: Message, room: int) -> bytes:
    """Return the one element that we know, with as many parameters as there is room for."""
    element = f"[{SD_ID}".encode()
    room -= len(element) + _RESERVED
    omitted = 0
    for name, values in fields(message):
        if name in _FIRST_ONLY:
            values = values[:1]  # noqa: PLW2901 - the same list, shortened
        parameter, left_out = _parameter(name, values, room)
        element += parameter
        room -= len(parameter)
        omitted += left_out
    if omitted:
        element += f' omitted="{omitted}"'.encode()
    return element + b"]"


def _parameter(name: str, values: tuple[str, ...], room: int) -> tuple[bytes, int]:
    """Return a parameter with the values that fit, and how many did not."""
    room -= len(f' {name}=""')
    kept: list[bytes] = []
    for value in values:
        text = re.sub(r'(["\\\]])', r"\\\1", value).encode()
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    if not kept:
        return b"", len(values)
    return b" " + name.encode() + b'="' + b",".join(kept) + b'"', len(values) - len(kept)
