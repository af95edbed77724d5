"""
A real rsyslog and a real syslog-ng take every format as one message with the same values.

Whatever was observed, over UDP and TCP.
"""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nmapwatchd.config.sinks import SyslogSettings
from nmapwatchd.core.alert import Message
from nmapwatchd.formats.cef import format_cef
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.rfc5424 import DEFAULT_SD_ID, MAXIMUM_DATAGRAM, MAXIMUM_MESSAGE
from nmapwatchd.sinks.sink import ConfirmingSink
from tests.formats.cef_grammar import parse
from tests.formats.messages import CLOSED, FLOOD, SENSOR
from tests.sinks.building import PLAIN, hostile, sentence
from tests.sinks.collector import LOOPBACK, TCP, collector
from tests.sinks.syslog_ng import syslog_ng

MESSAGES: list[Message] = [*PLAIN, FLOOD, *hostile()]
SCHEMES = ["udp", "tcp"]
BOUNDS = {"udp": MAXIMUM_DATAGRAM, "tcp": MAXIMUM_MESSAGE}

Entries = list[dict[str, Any]]
# Sends all messages over a scheme in a format, with other keys of the sink; returns what a
# consumer wrote.
Exchange = Callable[..., Entries]

_PARSING = 'module(load="mmpstrucdata")\n'
_RSYSLOG = {
    "udp": ("imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM),
    "tcp": ("imtcp", TCP, socket.SOCK_STREAM),
}


def sent(port: int, scheme: str, form: str, **keys: str) -> None:
    """Send all messages over one connection."""
    table = {"to": f"{scheme}://{LOOPBACK}:{port}", "format": form, **keys}
    sink = SyslogSettings.model_validate(table).build(SENSOR)
    sink.open()
    for message in MESSAGES:
        sink.send(message)
    sink.close()


@pytest.fixture
def rsyslog(tmp_path: Path) -> Exchange:
    """Return the exchange with an rsyslogd, which parses structured data."""

    def exchange(scheme: str, form: str, **keys: str) -> Entries:
        module, given, kind = _RSYSLOG[scheme]
        before = 'action(type="mmpstrucdata" sd_name.lowercase="off")'
        with collector(tmp_path, module, _PARSING + given, kind, before=before) as found:
            sent(found.port, scheme, form, **keys)
            return found.understood(len(MESSAGES))

    return exchange


@pytest.fixture
def ng(tmp_path: Path) -> Exchange:
    """Return the exchange with a syslog-ng, by its driver for the format."""

    def exchange(scheme: str, form: str, **keys: str) -> Entries:
        driver = "syslog" if form == "rfc5424" else "network"
        with syslog_ng(tmp_path, f"{driver}({{at}} transport({scheme}));") as found:
            sent(found.port, scheme, form, **keys)
            return found.understood(len(MESSAGES))

    return exchange


def assert_values(parsed: dict[str, str], message: Message) -> None:
    """Compare parsed structured data with the values of a message, as far as they were sent."""
    fields = {name: values for name, values in flat_fields(message) if values}
    assert "omitted" in parsed or set(parsed) == set(fields)
    assert set(parsed) - {"omitted"} <= set(fields)
    for name in set(parsed) - {"omitted"}:
        assert f"{','.join(fields[name])},".startswith(f"{parsed[name]},"), name


def in_pairs(entries: Entries) -> Iterator[tuple[dict[str, Any], Message]]:
    """Yield each entry with its message; fail unless there is exactly one for each."""
    assert len(entries) == len(MESSAGES)
    yield from zip(entries, MESSAGES, strict=True)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("sd_id", [DEFAULT_SD_ID, "Ours@32473.1"])
def test_rsyslog_parses_the_structured_data(rsyslog: Exchange, scheme: str, sd_id: str) -> None:
    for entry, message in in_pairs(rsyslog(scheme, "rfc5424", sd_id=sd_id)):
        assert (entry["app"], entry["id"], entry["host"]) == (
            "nmapwatchd",
            message.action,
            "sensor1",
        )
        assert entry["text"] == sentence(message)
        assert_values(json.loads(entry["parsed"])[sd_id], message)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("sd_id", [DEFAULT_SD_ID, "Ours@32473.1"])
def test_syslog_ng_parses_the_structured_data(ng: Exchange, scheme: str, sd_id: str) -> None:
    for entry, message in in_pairs(ng(scheme, "rfc5424", sd_id=sd_id)):
        assert (entry["app"], entry["id"], entry["host"]) == (
            "nmapwatchd",
            message.action,
            "sensor1",
        )
        assert entry["text"] == sentence(message)
        assert list(entry["_SDATA"]) == [sd_id]
        assert_values(entry["_SDATA"][sd_id], message)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("consumer", ["rsyslog", "ng"])
def test_the_traditional_form_has_no_header_in_its_text(
    request: pytest.FixtureRequest, consumer: str, scheme: str
) -> None:
    exchange = request.getfixturevalue(consumer)
    for entry, message in in_pairs(exchange(scheme, "rfc3164")):
        start = f"{sentence(message)} [{message.action} event_id={event_id(message)}"
        assert (entry["host"], entry["app"], entry["process"]) == ("sensor1", "nmapwatchd", "4711")
        # rsyslog keeps the space after the tag.
        assert entry["text"].lstrip(" ").startswith(start.lstrip(" "))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("consumer", "tag"), [("rsyslog", "tag"), ("ng", "legacy")])
def test_cef_is_one_message_of_its_grammar(
    request: pytest.FixtureRequest, consumer: str, tag: str, scheme: str
) -> None:
    exchange = request.getfixturevalue(consumer)
    for entry, message in in_pairs(exchange(scheme, "cef")):
        assert entry["host"] == "sensor1"
        found = parse(entry[tag] + entry["text"])
        written = parse(format_cef(message, SENSOR, BOUNDS[scheme]).decode())
        assert (found.header, found.extension) == (written.header, written.extension)


@pytest.mark.parametrize("form", ["rfc5424", "rfc3164"])
def test_no_message_that_rsyslog_writes_has_a_byte_order_mark(rsyslog: Exchange, form: str) -> None:
    for entry in rsyslog("tcp", form):
        assert entry["text"].isascii()


@pytest.mark.parametrize("form", ["rfc5424", "rfc3164", "cef"])
def test_syslog_ng_confirms_that_it_has_read_everything(tmp_path: Path, form: str) -> None:
    driver = "syslog" if form == "rfc5424" else "network"
    with syslog_ng(tmp_path, f"{driver}({{at}} transport(tcp));") as found:
        table = {"to": f"tcp://{LOOPBACK}:{found.port}", "format": form}
        sink = SyslogSettings.model_validate(table).build(SENSOR)
        assert isinstance(sink, ConfirmingSink)
        sink.open()
        sink.send(CLOSED)
        sink.confirm()

        assert len(found.understood(1)) == 1
