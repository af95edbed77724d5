"""A message in the traditional syslog form, for the socket of this host."""

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.identity import message_name
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import syslog_pri
from nmapwatchd.formats.summary import summarise


def format_rfc3164(message: Message, sensor: Sensor) -> bytes:
    """
    Return a message in the form that syslog(3) writes to its socket.

    Neither systemd-journald nor rsyslog reads RFC 5424 there: they would take its header for
    text. They add timestamp and host name themselves.
    """
    tag = f"{PROGRAM}[{sensor.process_id}]" if sensor.process_id else PROGRAM
    return (
        f"<{syslog_pri(message)}>{tag}: {summarise(message)} [{message_name(message)}]"
    ).encode()
