"""How a message is identified: by its event id for software, by its name for the operator."""

import hashlib

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.formats.values import name


def event_id(message: Message) -> str:
    """Return the id of one message, which a re-send and a replay of the same packets repeat."""
    if isinstance(message, SensorEvent):
        parts = (message.action, str(message.at), *message.interfaces, message.detail)
    else:
        parts = (scan_id(message), str(message.sequence))
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def scan_id(message: Alert | FloodSummary) -> str:
    """Return the id of the scan, or of the flood, that a message is about."""
    return message.scan_id if isinstance(message, Alert) else message.flood_id


def message_name(message: Message) -> str:
    """Return how logs refer to a message: its action and event id."""
    return f"{message.action} {name(event_id(message))}"
