"""Sinks as the configuration builds them, and what a collector should understand."""

import random
from dataclasses import replace
from typing import Any

from nmapwatchd.config.sinks import SyslogSettings
from nmapwatchd.core.alert import Message
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.summary import summarise
from nmapwatchd.sinks.sink import Sink
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, SENSOR, filled
from tests.sinks.collector import parameters

PLAIN: list[Message] = [OPENED, CLOSED, BLIND]


def hostile() -> list[Message]:
    """Return alerts in which every text is one of many that break lines and brackets somewhere."""
    dice = random.Random(5424)  # noqa: S311 - the same texts each time
    alphabet = [*NASTY, "a", "日", "\xff", "\xc3"]
    texts = ["".join(dice.choices(alphabet, k=dice.randrange(1, 200))) for _ in range(100)]
    return [replace(filled(text), scan_id=f"{n:032x}") for n, text in enumerate([*NASTY, *texts])]


def syslog_sink(url: str, **files: str) -> Sink:
    """Return the sink of a URL, with TLS files by their keys in the configuration."""
    return SyslogSettings.model_validate({"to": url, **files}).build(SENSOR)


def send(url: str, messages: list[Message], **files: str) -> None:
    """Send messages over one connection."""
    sink = syslog_sink(url, **files)
    sink.open()
    for message in messages:
        sink.send(message)
    sink.close()


def sentence(message: Message) -> str:
    """Return the summary of a message as syslog carries it."""
    return summarise(message).encode("ascii", "backslashreplace").decode()


def assert_understood(entry: dict[str, Any], message: Message) -> None:
    """Compare an entry of a collector with the message that was sent as RFC 5424."""
    assert (entry["host"], entry["app"], entry["process"]) == ("sensor1", "nmapwatchd", "4711")
    assert entry["id"] == message.action
    assert entry["time"] == "2026-11-22T11:49:19.426000+00:00"
    assert entry["text"] == sentence(message)
    found = parameters(entry["data"])
    assert ("omitted" in found) or set(found) == {
        name for name, values in flat_fields(message) if values
    }
    for name, values in flat_fields(message):
        if name != "evidence" and name in found:
            assert ",".join(values).startswith(found[name])
