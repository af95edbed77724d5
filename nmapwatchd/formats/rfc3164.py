"""A message in the traditional syslog form (RFC 3164), for a collector and for this host."""

from datetime import datetime

from nmapwatchd.core.alert import Message, SensorEvent
from nmapwatchd.formats.identity import event_id, scan_id
from nmapwatchd.formats.parameters import Parameter, fit
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import syslog_pri
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import name, packet_time

# Bytes of a message (RFC 3164, 4.1).
MAXIMUM_LINE = 1024

# RFC 3164 has English names, whatever the locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_rfc3164(message: Message, sensor: Sensor) -> bytes:
    """
    Return a message as a collector of the traditional form takes it, without framing.

    The form has no fields: what identifies the message follows the sentence in brackets. It stays
    below MAXIMUM_LINE: the sentence is bounded, and an identifier that does not fit is left out.
    """
    return _with_identifiers(
        rfc3164_header(message, sensor) + _tag(sensor) + summarise(message), message
    )


def format_local(message: Message, sensor: Sensor) -> bytes:
    """
    Return a message in the form that syslog(3) writes to the socket of this host.

    Neither systemd-journald nor rsyslog reads RFC 5424 there: they would take its header for
    text. They add timestamp and host name themselves.
    """
    return _with_identifiers(f"<{syslog_pri(message)}>{_tag(sensor)}{summarise(message)}", message)


def rfc3164_header(message: Message, sensor: Sensor) -> str:
    """
    Return `<PRI>Mmm dd hh:mm:ss HOST `.

    The time is the local one, as RFC 3164 has it: collectors take it for their own local time.
    """
    at: datetime = packet_time(message.at).astimezone()
    return (
        f"<{syslog_pri(message)}>{_MONTHS[at.month - 1]} {at.day:2} {at:%H:%M:%S}"
        f" {sensor.syslog_host} "
    )


def _tag(sensor: Sensor) -> str:
    return f"{PROGRAM}[{sensor.process_id}]: " if sensor.process_id else f"{PROGRAM}: "


def _with_identifiers(text: str, message: Message) -> bytes:
    """Return a text with the message's action and identifiers in brackets."""
    line = _ascii(f"{text} [{message.action}")
    found = {"event_id": name(event_id(message))}
    if not isinstance(message, SensorEvent):
        found |= {"scan_id": name(scan_id(message)), "sequence": str(message.sequence)}
    parameters = [Parameter(f" {key}=", [_ascii(value)]) for key, value in found.items()]
    identifiers, _ = fit(parameters, MAXIMUM_LINE - len(line) - len("]"))
    return line.encode() + identifiers + b"]"


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
