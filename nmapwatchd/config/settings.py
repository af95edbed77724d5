"""The tables of the configuration file and their defaults."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nmapwatchd.config.hours import parse_hours
from nmapwatchd.config.line_numbers import line_of
from nmapwatchd.config.sinks import SinkSettings
from nmapwatchd.config.table import Table, absolute_path
from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation, Hours, Network
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.core.windows.window import KEYS
from nmapwatchd.errors import did_you_mean
from nmapwatchd.filters.wrappings import Wrapping
from nmapwatchd.formats.escape import printable
from nmapwatchd.signatures.loader import DEFAULT_DIRECTORY
from nmapwatchd.signatures.tuning import Adjustment

# Names of network interfaces are shorter than IFNAMSIZ (linux/if.h), without space or slash.
_INTERFACE = re.compile(r"[^\s/-][^\s/]*")
_MAXIMUM_NAME = 15  # bytes

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}")
# The bit of the first byte by which IEEE 802 marks an address of several hosts.
_GROUP = 1

_Directory = Annotated[Path, Field(strict=False)]
_Confidence = Annotated[Confidence, Field(strict=False)]

# An id of a signature, or a pattern of ids: http.trane-*, smb.[a-m]*.
_PATTERN = re.compile(r"[a-z0-9.*?\[\]!-]{1,100}")
# Entries of `disable`, and of `confidence`: more than there are signatures.
_MAXIMUM_ADJUSTMENTS = 2_000


def id_pattern(text: str) -> str:
    """
    Return an id of a signature, or a pattern of ids, unchanged.

    Raises:
        ValueError: no id matches it, whatever signatures there are.
    """
    if not _PATTERN.fullmatch(text):
        raise ValueError(f'"{printable(text, 100)}" is neither an id nor a pattern of ids')
    return text


_Pattern = Annotated[str, AfterValidator(id_pattern)]


def interface_name(name: str) -> str:
    """
    Return the name of an interface unchanged.

    Raises:
        ValueError: no interface can have it.
    """
    if not _INTERFACE.fullmatch(name) or name in (".", "..") or not name.isprintable():
        raise ValueError(f'"{printable(name)}" is not the name of an interface')
    if len(name.encode("utf-8", "replace")) > _MAXIMUM_NAME:
        raise ValueError(f'"{printable(name)}" is longer than {_MAXIMUM_NAME} bytes')
    return name


def different(names: Sequence[str]) -> tuple[str, ...]:
    """
    Return names of interfaces unchanged.

    Raises:
        ValueError: one of them is there twice.
    """
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise ValueError(f'"{printable(twice)}" is named twice')
    return tuple(names)


_Interface = Annotated[str, AfterValidator(interface_name)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _some(value: Any) -> list[Any]:
    """Return one value, or those of a list, as a list that is not empty."""
    if value == []:
        raise ValueError("is an empty list; leave the key out")
    return _listed(value)


def mac_address(value: Any) -> str:
    """
    Return a hardware address in lower case with colons.

    Args:
        value: one with colons or hyphens.

    Raises:
        ValueError: it is none, or no host's.
    """
    if not isinstance(value, str) or not _MAC.fullmatch(value):
        shown = f'"{printable(value)}"' if isinstance(value, str) else repr(value)
        raise ValueError(f"{shown} is no hardware address")
    if int(value[:2], 16) & _GROUP:
        raise ValueError(f'"{value}" is the address of a group, not of a host')
    return value.lower().replace("-", ":")


def _network(value: Any) -> Network:
    """Return a network, or the one of a single address."""
    if not isinstance(value, str):  # ip_network also accepts a number
        raise ValueError(f"{value!r} is not an address in quotation marks")  # noqa: TRY004 - pydantic's contract
    return ip_network(value)


def _link_network(value: Any) -> IPv4Network:
    """Return a network that can be on a link."""
    network = _network(value)
    if not isinstance(network, IPv4Network):
        raise ValueError(f"{value} is not IPv4; the hop limit shows where IPv6 comes from")  # noqa: TRY004 - pydantic's contract
    if not network.prefixlen:
        raise ValueError(f"{value} is the whole Internet, not the networks of a link")
    return network


@dataclass(frozen=True, slots=True)
class ConfigText:
    """
    The text of a configuration file, in which settings are located.

    Args:
        name: the file, as errors name it.
        text: its content; empty if it is not known.
    """

    name: str = "configuration"
    text: str = ""

    def adjustment(self, key: str, pattern: str, confidence: Confidence | None) -> Adjustment:
        """Return an adjustment with its place."""
        table = "disable" if confidence is None else "confidence"
        line = line_of(self.text, table, pattern)
        return Adjustment(key, pattern, confidence, self.name, line)


class WindowSettings(Table):
    """`[window]`: when a scan is reported, and by what scanners are distinguished."""

    seconds: int = Field(30, ge=1, le=86_400)
    continue_seconds: int = Field(300, ge=1, le=86_400)
    by: tuple[str, ...] = Field(("source",), min_length=1, strict=False)
    maximum: int = Field(65_536, ge=1, le=1_000_000)
    scans_per_minute: int = Field(600, ge=1, le=1_000_000)

    @field_validator("by")
    @classmethod
    def _valid_keys(cls, by: tuple[str, ...]) -> tuple[str, ...]:
        for name in by:
            if name not in KEYS:
                hint = did_you_mean(name, KEYS)
                raise ValueError(f"unknown key {name!r}; use {', '.join(KEYS)}{hint}")
        if "source" not in by:
            raise ValueError('must contain "source": a window is one scanner\'s')
        return by


class EvidenceSettings(Table):
    """`[evidence]`: the score of a sighting by its confidence, and the threshold of an alert."""

    threshold: int = Field(100, ge=1)
    exclusive: int = Field(100, ge=0)
    strong: int = Field(90, ge=0)
    weak: int = Field(10, ge=0)


class SpoolSettings(Table):
    """`[spool]`: where messages are stored until every sink has them, and how many."""

    directory: str = ""
    maximum_messages: int = Field(50_000, ge=1, le=1_000_000)
    maximum_mebibytes: int = Field(128, ge=1, le=16_384)

    @field_validator("directory")
    @classmethod
    def _absolute(cls, directory: str) -> str:
        return absolute_path(directory)

    @property
    def maximum_bytes(self) -> int:
        """Maximum size of the stored messages."""
        return self.maximum_mebibytes << 20


class AuthorisedSettings(Table):
    """`[[authorised]]`: an authorised scanner."""

    name: str = Field(min_length=1)
    mac: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = Field(alias="from")
    hours: Hours | None = None
    until: date | None = None
    targets: tuple[Network, ...] = ()
    signatures: tuple[str, ...] = ()
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _require_from(cls, value: Any) -> Any:
        # So that its validator, which knows whether there is mac, reports that it is missing.
        return {"from": (), **value} if isinstance(value, dict) else value

    @field_validator("mac", mode="before")
    @classmethod
    def _parse_macs(cls, value: Any) -> frozenset[str]:
        return frozenset(map(mac_address, _some(value)))

    @field_validator("networks", mode="before")
    @classmethod
    def _parse_sources(cls, value: Any, info: ValidationInfo) -> tuple[Network, ...]:
        if value != ():
            return tuple(map(_network, _some(value)))
        if info.data.get("mac", frozenset()) or "mac" not in info.data:
            return ()
        raise ValueError("missing, and so is mac")

    @field_validator("targets", mode="before")
    @classmethod
    def _parse_targets(cls, value: Any) -> tuple[Network, ...]:
        return tuple(map(_network, _some(value)))

    @field_validator("signatures", mode="before")
    @classmethod
    def _parse_signatures(cls, value: Any) -> tuple[str, ...]:
        for pattern in (patterns := _some(value)):
            if not isinstance(pattern, str) or not pattern:
                raise ValueError(f"{pattern!r} is not the id of a signature, nor a pattern")
        return tuple(patterns)

    @field_validator("hours", mode="before")
    @classmethod
    def _parse_hours(cls, value: Any) -> Hours | None:
        return parse_hours(value)


class Settings(Table):
    """The whole file."""

    interfaces: tuple[_Interface, ...] = Field((), strict=False)
    networks: tuple[IPv4Network, ...] = ()
    signatures: tuple[_Directory, ...] = Field((DEFAULT_DIRECTORY,), strict=False)
    disable: tuple[_Pattern, ...] = Field((), strict=False, max_length=_MAXIMUM_ADJUSTMENTS)
    confidence: dict[_Pattern, _Confidence] = Field({}, max_length=_MAXIMUM_ADJUSTMENTS)
    unwrap: tuple[str, ...] = Field(tuple(Wrapping), strict=False)
    heartbeat_seconds: int = Field(300, ge=0, le=86_400)
    runtime_directory: str = ""
    metrics_file: str = ""
    window: WindowSettings = WindowSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    spool: SpoolSettings = SpoolSettings()
    sink: tuple[SinkSettings, ...] = Field((), strict=False)
    authorised: tuple[AuthorisedSettings, ...] = Field((), strict=False)
    _adjustments: tuple[Adjustment, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _locate_adjustments(self, info: ValidationInfo) -> "Settings":
        place = info.context or ConfigText()
        self._adjustments = (
            *(
                place.adjustment(f"disable[{number}]", pattern, None)
                for number, pattern in enumerate(self.disable, 1)
            ),
            *(
                place.adjustment(f"confidence.{pattern}", pattern, confidence)
                for pattern, confidence in self.confidence.items()
            ),
        )
        return self

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What `disable` and `confidence` change, each with its place in the file."""
        return self._adjustments

    @field_validator("confidence", mode="before")
    @classmethod
    def _flat_confidence(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError('must be a table: { "ID" = "weak" }')  # noqa: TRY004 - pydantic's contract
        for name, confidence in value.items():
            if isinstance(confidence, dict):
                id_ = printable(f"{name}.{next(iter(confidence), '...')}", 100)
                raise ValueError(f'write the id in quotation marks: "{id_}"')  # noqa: TRY004 - pydantic's contract
        return value

    @field_validator("interfaces")
    @classmethod
    def _different_interfaces(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return different(names)

    @field_validator("networks", mode="before")
    @classmethod
    def _parse_networks(cls, value: Any) -> tuple[IPv4Network, ...]:
        return tuple(_link_network(network) for network in _listed(value))

    @field_validator("unwrap", mode="before")
    @classmethod
    def _parse_unwrap(cls, value: Any) -> Any:
        if value == "auto":
            return tuple(Wrapping)
        known = ", ".join(Wrapping)
        if not isinstance(value, list | tuple):
            raise ValueError(f'must be "auto" or a list of {known}')  # noqa: TRY004 - pydantic's contract
        for name in value:
            if name not in tuple(Wrapping):
                hint = did_you_mean(str(name), Wrapping)
                raise ValueError(f"unknown wrapping {name!r}; use {known}{hint}")
        return value

    @property
    def wrappings(self) -> frozenset[Wrapping]:
        """What the filters look into."""
        return frozenset(map(Wrapping, self.unwrap))

    @field_validator("runtime_directory", "metrics_file")
    @classmethod
    def _absolute(cls, path: str) -> str:
        return absolute_path(path)

    @property
    def policy(self) -> WindowPolicy:
        """When windows alert."""
        return WindowPolicy(
            seconds=self.window.seconds,
            continue_seconds=self.window.continue_seconds,
            by=self.window.by,
            threshold=self.evidence.threshold,
            scores={
                Confidence.EXCLUSIVE: self.evidence.exclusive,
                Confidence.STRONG: self.evidence.strong,
                Confidence.WEAK: self.evidence.weak,
            },
            maximum=self.window.maximum,
            scans_per_minute=self.window.scans_per_minute,
        )

    @property
    def allowlist(self) -> Allowlist:
        """The authorised scanners."""
        return Allowlist(
            tuple(
                Authorisation(
                    entry.name,
                    entry.networks,
                    entry.hours,
                    entry.until,
                    entry.mac,
                    entry.targets,
                    entry.signatures,
                    entry.reason,
                )
                for entry in self.authorised
            )
        )
