"""How a message is identified: by its event id for software, by its name for the operator."""

import hashlib

from nmapwatchd.core.alert import Alert, FloodSummary, Message
from nmapwatchd.formats.values import name


def event_id(message: Message) -> str:
    """Return the scan's or flood's id; of a sensor event a hash, which a re-send repeats."""
    if isinstance(message, Alert):
        return message.scan_id
    if isinstance(message, FloodSummary):
        return message.flood_id
    text = "\0".join((message.action, str(message.at), *message.interfaces, message.detail))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def message_name(message: Message) -> str:
    """Return how logs refer to a message: its action and event id."""
    return f"{message.action} {name(event_id(message))}"
