"""A message in ArcSight's Common Event Format (CEF:0), for a SIEM that takes it by syslog."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.fields import CEF_KEYS
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.parameters import Parameter, fit
from nmapwatchd.formats.rfc3164 import rfc3164_header
from nmapwatchd.formats.rfc5424 import MAXIMUM_MESSAGE
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import packet_time

# Fields that the header has.
IN_HEADER = frozenset({"severity"})
# Keys that hold one value of a type. Of several values they have the first, and the custom key has
# all of them; a value of another type is in the custom key only.
SINGLE = frozenset({"src", "dst", "smac", "dpt", "proto"})

# Keys of the dictionary that need a label beside them; it is the name of the flat field.
_LABELLED = re.compile(r"c[ns]\d|flex(String|Number)\d")
# src and dst are IPv4 addresses. For IPv6 the dictionary has these keys, with these labels.
_IPV6 = {"src": ("c6a2", "Source IPv6 Address"), "dst": ("c6a3", "Destination IPv6 Address")}
_MAC_ADDRESS = re.compile("[0-9A-F]{2}(-[0-9A-F]{2}){5}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Lists of which only the first member is sent: members may contain the comma that joins them.
_FIRST_ONLY = frozenset({"evidence"})
_OMITTED = f"{PROGRAM}Omitted"
# Bytes reserved for the count of values left out: more digits than there are values.
_RESERVED = len(f" {_OMITTED}=") + 10

_HEADER = str.maketrans({"\\": r"\\", "|": r"\|"})
_EXTENSION = str.maketrans({"\\": r"\\", "=": r"\=", "\n": r"\n", "\r": r"\r"})


def format_cef(message: Message, sensor: Sensor, maximum: int = MAXIMUM_MESSAGE) -> bytes:
    """
    Return a message as CEF after a header of RFC 3164, without framing.

    Args:
        message: an alert or a sensor event.
        sensor: its origin.
        maximum: bytes of the result, at most, and at least rfc5424.MAXIMUM_DATAGRAM. Values that
            do not fit are left out (`parameters.fit`); the last key, `nmapwatchdOmitted`, counts
            them.
    """
    prefix = [
        f"{rfc3164_header(message, sensor)}CEF:0", PROGRAM, PROGRAM, sensor.version,
        message.action.value, message.action.replace("-", " ").capitalize(),
        str(severity(message).severity), "",
    ]  # fmt: skip
    line = "|".join(part.translate(_HEADER) for part in prefix).encode()
    parameters = [
        # The label stands first, so that a key is never without it.
        Parameter(
            f" {key}Label={label} {key}=" if label else f" {key}=",
            [value.translate(_EXTENSION) for value in values if value],
        )
        for key, label, values in _extension(message, sensor)
    ]
    extension, omitted = fit(parameters, maximum - len(line) - _RESERVED)
    return line + extension.removeprefix(b" ") + f" {_OMITTED}={omitted}".encode()


def custom(name: str) -> str:
    """Return the sensor's own key for a flat field: `scan_id` becomes `nmapwatchdScanId`."""
    return PROGRAM + "".join(word.capitalize() for word in re.findall("[A-Za-z0-9]+", name))


def _extension(message: Message, sensor: Sensor) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield each key of the extension, its label if it needs one, and its values."""
    yield "rt", "", (_milliseconds(packet_time(message.at)),)
    yield "dvchost", "", (sensor.syslog_host,)
    if sensor.process_id:
        yield "dvcpid", "", (str(sensor.process_id),)
    yield "msg", "", (summarise(message),)
    for name, values in flat_fields(message):
        if name not in IN_HEADER:
            yield from _field(name, values[:1] if name in _FIRST_ONLY else values)


def _field(name: str, values: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield the keys of a flat field."""
    key = CEF_KEYS.get(name)
    if key is None:
        yield custom(name), "", values
        return
    if key in {"start", "end"}:
        values = [_milliseconds(datetime.fromisoformat(value)) for value in values]
    if key not in SINGLE:
        yield key, name if _LABELLED.fullmatch(key) else "", values
        return
    first = _typed(key, values[0]) if values else None
    if first is not None:
        yield first
    if first is None or len(values) > 1:
        yield custom(name), "", values


def _typed(key: str, value: str) -> tuple[str, str, Sequence[str]] | None:
    """Return a key with the one value that it holds, or None for a value of another type."""
    if key in _IPV6:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return None
        if address.version == 4:
            return key, "", (value,)
        return (*_IPV6[key], (value,))
    if key == "smac":
        if not _MAC_ADDRESS.fullmatch(value):
            return None
        return key, "", (value.replace("-", ":"),)
    return key, "", (value,)


def _milliseconds(time: datetime) -> str:
    """Return a time as CEF has it: milliseconds since the epoch."""
    return str((time - _EPOCH) // timedelta(milliseconds=1))
