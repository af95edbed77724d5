"""A message as the fields of a journal entry."""

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.sensor import PROGRAM
from nmapwatchd.formats.severity import FACILITY, severity
from nmapwatchd.formats.summary import summarise


def format_journal(message: Message) -> list[str]:
    """Return the fields of a message, `NAME=value`; a field with several values is repeated."""
    return [
        f"MESSAGE={summarise(message)}",
        f"MESSAGE_ID={ACTIONS[message.action].message_id}",
        f"PRIORITY={severity(message).priority}",
        f"SYSLOG_IDENTIFIER={PROGRAM}",
        f"SYSLOG_FACILITY={FACILITY}",
        *(
            f"NMAPWATCHD_{name.upper()}={value}"
            for name, values in flat_fields(message)
            for value in values
        ),
    ]
