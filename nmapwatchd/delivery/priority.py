"""Which messages have capacity left when others have used theirs."""

from enum import IntEnum

from nmapwatchd.core.alert import Action, Alert, Message, SensorEvent
from nmapwatchd.core.attribution.caveats import Caveat

# Sensor events of no urgency: they are repeated.
_ROUTINE = {Action.SENSOR_HEARTBEAT, Action.SENSOR_SELFTEST}


class Priority(IntEnum):
    """
    The importance of a message; each has capacity that no lower one can use.

    It decides what is stored and queued, not the order: the messages of a scan stay in order, and a
    flood of scans is summarised before it gets here.
    """

    UNPROVEN = 0  # a scan whose source anyone could have forged
    PROVEN = 1  # any other scan, and routine messages
    SENSOR = 2  # an event of the sensor itself, and the summary of a flood

    @classmethod
    def of(cls, message: Message) -> "Priority":
        """Return the priority of a message."""
        if isinstance(message, Alert):
            is_unproven = Caveat.SPOOFABLE.value in message.caveats
            return cls.UNPROVEN if is_unproven else cls.PROVEN
        if isinstance(message, SensorEvent) and message.action in _ROUTINE:
            return cls.PROVEN
        return cls.SENSOR
