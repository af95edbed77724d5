"""Any message is one message of CEF's grammar with the same values, whatever was observed."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.formats.cef import IN_HEADER, SINGLE, custom, format_cef
from nmapwatchd.formats.fields import CEF_KEYS
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.rfc5424 import MAXIMUM_DATAGRAM, MAXIMUM_MESSAGE
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from tests.formats.cef_grammar import Cef, parse
from tests.formats.messages import AT, BLIND, CLOSED, FLOOD, NASTY, OPENED, SENSOR, messages

# More than any message needs.
WHOLE = 10_000_000


def parsed(message: Message, maximum: int = WHOLE) -> Cef:
    return parse(format_cef(message, SENSOR, maximum).decode())


def expected(message: Message) -> Iterator[tuple[str, list[str]]]:
    """Yield each flat field that is not empty, with the values that are sent."""
    for name, values in flat_fields(message):
        sent = [value for value in values if value]
        if name not in IN_HEADER and sent:
            yield name, sent[:1] if name == "evidence" else sent


@pytest.fixture(autouse=True)
def _utc(local_time_zone: None) -> None:
    """The sensor is in UTC."""


def test_a_message_has_the_header_of_its_action() -> None:
    found = parsed(OPENED)

    assert found.syslog == "<28>Nov 22 11:49:19 sensor1 "
    assert found.header == (
        "0", "nmapwatchd", "nmapwatchd", "1.2.3", "scan-opened", "Scan opened", "6",
    )  # fmt: skip


def test_the_version_is_escaped_in_the_header() -> None:
    text = format_cef(OPENED, Sensor("host", r"1|2\3=4"))

    assert rb"|1\|2\\3=4|" in text
    assert parse(text.decode()).header[3] == r"1|2\3=4"


def test_an_alert_has_the_keys_of_the_dictionary() -> None:
    found = parsed(CLOSED).extension

    assert (found["rt"], found["dvchost"], found["dvcpid"]) == (str(AT // 10**6), "sensor1", "4711")
    assert (found["src"], found["smac"]) == ("10.0.0.5", "52:54:00:AB:34:56")
    assert (found["dst"], found["dpt"]) == ("10.0.0.8", "80")
    assert (found["act"], found["cnt"], found["reason"]) == ("scan-closed", "128", "idle")
    assert int(found["end"]) - int(found["start"]) == 41_000
    assert found["msg"] == summarise(CLOSED)
    assert (found["cs2Label"], found["cs2"]) == ("rule", "http.nse-user-agent,tls.probe")
    assert found["deviceInboundInterface"] == "eth0"


def test_a_key_for_one_value_has_the_first_and_a_custom_key_has_all() -> None:
    found = parsed(CLOSED).extension

    assert found["nmapwatchdTarget"] == "10.0.0.8,10.0.0.9,10.0.0.10"
    assert found["nmapwatchdPort"] == "80,443"
    assert "nmapwatchdMac" not in found


def test_an_ipv6_address_has_the_labelled_key_of_the_dictionary() -> None:
    found = parsed(replace(OPENED, source="2001:db8::1", targets=("fe80::2",))).extension

    assert (found["c6a2"], found["c6a2Label"]) == ("2001:db8::1", "Source IPv6 Address")
    assert (found["c6a3"], found["c6a3Label"]) == ("fe80::2", "Destination IPv6 Address")
    assert not {"src", "dst", "nmapwatchdSource", "nmapwatchdTarget"} & set(found)


@pytest.mark.parametrize("source", ["scanner", "10.0.0", "10.0.0.5:80"])
def test_what_is_no_address_is_in_a_custom_key_only(source: str) -> None:
    found = parsed(replace(OPENED, source=source)).extension

    assert found["nmapwatchdSource"] == source
    assert not {"src", "c6a2"} & set(found)


def test_sensor_events_and_floods_have_custom_keys() -> None:
    assert parsed(BLIND).extension["nmapwatchdCountFrames"] == "12"
    assert parsed(BLIND).extension["reason"] == "tshark died, signal 9"
    assert parsed(FLOOD).extension["cnt"] == "1234"
    assert "dvcpid" not in parse(format_cef(BLIND, Sensor("host", "1")).decode()).extension


@pytest.mark.parametrize(
    "text", [*NASTY, "a=b|c\\d\ne\rf", "x cs1=y", "\\", "a\\=b", "k=", "  a  "]
)
def test_evidence_parses_back_whatever_it_contains(text: str) -> None:
    quote = replace(OPENED.evidence[0], field="user_agent", value=text)
    alert = replace(OPENED, evidence=(quote,))

    (value,) = (values[0] for name, values in flat_fields(alert) if name == "evidence")
    found = parsed(alert, MAXIMUM_MESSAGE).extension

    assert found["cs4"] == value
    assert set(found) == set(parsed(OPENED).extension)


@given(messages)
def test_any_message_parses_back_with_all_its_values(message: Message) -> None:
    found = parsed(message)
    extension = dict(found.extension)

    assert found.header[4:] == (
        message.action, message.action.replace("-", " ").capitalize(),
        str(severity(message).severity),
    )  # fmt: skip
    assert extension.pop("msg") == summarise(message)
    assert extension.pop("nmapwatchdOmitted") == "0"
    for name, values in expected(message):
        key = CEF_KEYS.get(name, custom(name))
        if key in {"start", "end"}:
            assert 0 <= int(extension[key]) < 253_402_300_800_000
        elif key in SINGLE and (len(values) > 1 or custom(name) in extension):
            assert extension[custom(name)] == ",".join(values)
        elif key in {"src", "dst"}:
            address = extension.get(key) or extension[{"src": "c6a2", "dst": "c6a3"}[key]]
            assert address == values[0]
        elif key == "smac":
            assert extension[key].replace(":", "-") == values[0]
        else:
            assert extension[key] == ",".join(values)
    if "src" in extension:
        assert ipaddress.IPv4Address(extension["src"])


@given(messages)
def test_any_message_is_shortened_between_its_values(message: Message) -> None:
    sensor = Sensor("s" * 300, "1", 4_194_304)
    whole = parse(format_cef(message, sensor, WHOLE).decode()).extension
    assert whole.pop("nmapwatchdOmitted") == "0"
    for maximum in (MAXIMUM_MESSAGE, MAXIMUM_DATAGRAM):
        text = format_cef(message, sensor, maximum)
        found = parse(text.decode()).extension

        assert len(text) <= maximum
        assert text.decode().isprintable()
        omitted = int(found.pop("nmapwatchdOmitted"))
        assert (omitted > 0) is (found != whole)
        for key, value in found.items():
            assert f"{whole[key]},".startswith(f"{value},")


def test_many_signatures_do_not_displace_targets_and_ports() -> None:
    rules = tuple(replace(CLOSED.rules[0], id=f"http.signature-number-{n}") for n in range(64))

    found = parsed(replace(CLOSED, rules=rules), MAXIMUM_DATAGRAM).extension

    assert (found["dst"], found["dpt"]) == ("10.0.0.8", "80")
    assert int(found["nmapwatchdOmitted"]) > 0


def test_only_the_first_evidence_is_sent() -> None:
    two = replace(OPENED, evidence=(*OPENED.evidence, replace(OPENED.evidence[0], value="second")))

    assert isinstance(two, Alert)
    assert b"second" not in format_cef(two, SENSOR)
