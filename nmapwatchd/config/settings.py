"""The configuration file is read here: TOML in, validated settings out, every fault at once."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation, Hours, Network
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.core.windows.window import KEYS
from nmapwatchd.errors import Diagnostic, OperatorError

DEFAULT_FILE = Path("/etc/nmapwatchd/nmapwatchd.toml")

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(
    r"(?:(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))? )?"
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>[\w/+-]+))?"
)
# Names of network interfaces are shorter than IFNAMSIZ (linux/if.h), without space or slash.
_INTERFACE = r"^[^\s/-][^\s/]{0,14}$"

_Directory = Annotated[Path, Field(strict=False)]
_Interface = Annotated[str, Field(pattern=_INTERFACE)]

# How the tables of the file begin.
_HEADS = {
    "window": "[window]",
    "evidence": "[evidence]",
    "spool": "[spool]",
    "sink": "[[sink]]",
    "authorised": "[[authorised]]",
}


def _absolute_path(path: str) -> str:
    """
    Return a path, or '' where none was given.

    Raises:
        ValueError: it depends on where the program was started.
    """
    if path and (not path.startswith("/") or "\0" in path):
        raise ValueError(f"{path!r} is no absolute path")
    return path


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class WindowTable(_Table):
    """`[window]`: when to speak of a scan, and what tells one scanner from another."""

    seconds: int = Field(30, ge=1, le=86_400)
    continue_seconds: int = Field(300, ge=1, le=86_400)
    by: tuple[str, ...] = Field(("source",), min_length=1, strict=False)
    maximum: int = Field(65_536, ge=1, le=1_000_000)

    @field_validator("by")
    @classmethod
    def _known(cls, by: tuple[str, ...]) -> tuple[str, ...]:
        for name in by:
            if name not in KEYS:
                raise ValueError(f'"{name}" is none of {", ".join(KEYS)}')
        if "source" not in by:
            raise ValueError('must hold "source": a window is one scanner\'s')
        return by


class EvidenceTable(_Table):
    """`[evidence]`: what weaker sightings are worth, and how much opens an alert."""

    threshold: int = Field(100, ge=1)
    exclusive: int = Field(100, ge=0)
    strong: int = Field(90, ge=0)
    weak: int = Field(10, ge=0)


class SinkTable(_Table):
    """`[[sink]]`: one that is told."""

    kind: Literal["journald", "syslog", "jsonl"]
    to: str = ""
    path: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    passphrase_file: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "SinkTable":
        needed = {"journald": "", "syslog": "to", "jsonl": "path"}[self.kind]
        if needed and not getattr(self, needed):
            raise ValueError(f'a {self.kind} sink needs "{needed}"')
        files = {"ca_file", "cert_file", "key_file", "passphrase_file"}
        allowed = {"syslog": {"to", *files}, "jsonl": {"path"}}
        for name in self.model_fields_set - {"kind"} - allowed.get(self.kind, set()):
            raise ValueError(f'a {self.kind} sink has no "{name}"')
        return self


class SpoolTable(_Table):
    """`[spool]`: where alerts are kept until every sink has them, and how many."""

    directory: str = ""
    maximum_messages: int = Field(50_000, ge=1, le=1_000_000)
    maximum_mebibytes: int = Field(128, ge=1, le=16_384)

    @field_validator("directory")
    @classmethod
    def _absolute(cls, directory: str) -> str:
        return _absolute_path(directory)


class AuthorisedTable(_Table):
    """`[[authorised]]`: a scanner that may scan."""

    name: str = Field(min_length=1)
    networks: tuple[Network, ...] = Field(alias="from", min_length=1)
    hours: Hours | None = None
    until: date | None = None

    @field_validator("networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> tuple[Network, ...]:
        listed = value if isinstance(value, list) else [value]
        for one in listed:
            if not isinstance(one, str):  # a number would be an address, too
                raise ValueError(f"{one!r} is no address in quotation marks")  # noqa: TRY004
        return tuple(ip_network(one) for one in listed)

    @field_validator("hours", mode="before")
    @classmethod
    def _read_hours(cls, value: Any) -> Hours | None:
        return read_hours(value)


class Settings(_Table):
    """The whole file."""

    interfaces: tuple[_Interface, ...] = Field((), strict=False)
    signatures: tuple[_Directory, ...] = Field(
        (Path("/etc/nmapwatchd/signatures.d"),), strict=False
    )
    heartbeat_seconds: int = Field(300, ge=0, le=86_400)
    runtime_directory: str = ""
    metrics_file: str = ""
    window: WindowTable = WindowTable()
    evidence: EvidenceTable = EvidenceTable()
    spool: SpoolTable = SpoolTable()
    sink: tuple[SinkTable, ...] = Field((), strict=False)
    authorised: tuple[AuthorisedTable, ...] = Field((), strict=False)

    @field_validator("runtime_directory", "metrics_file")
    @classmethod
    def _absolute(cls, path: str) -> str:
        return _absolute_path(path)

    @property
    def policy(self) -> WindowPolicy:
        """When windows speak."""
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
        )

    @property
    def allowlist(self) -> Allowlist:
        """Who may scan, and when."""
        return Allowlist(
            tuple(Authorisation(a.name, a.networks, a.hours, a.until) for a in self.authorised)
        )


def read_settings(file: Path) -> Settings:
    """
    Read a configuration file.

    Raises:
        OperatorError: with every fault as `file: key: fault`.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperatorError(Diagnostic(str(file), error.strerror or str(error))) from error
    except (ValueError, RecursionError) as error:
        raise OperatorError(Diagnostic(str(file), str(error))) from error
    return settings_of(document, str(file))


def settings_of(document: Mapping[str, Any], name: str) -> Settings:
    """
    Validate a configuration that has been read.

    Raises:
        OperatorError: with every fault as `name: key: fault`.
    """
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise OperatorError(
            *(
                Diagnostic(f"{name}: {_key(f['loc'])}", _plain(f["type"], f["msg"], f["loc"]))
                for f in error.errors()
            )
        ) from error


def read_hours(text: Any) -> Hours:
    """
    Read `Sun 02:00-05:00 Europe/Berlin`; days and zone may be left out, days may be a span.

    Raises:
        ValueError: it is written differently.
    """
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} is not like "Mon-Fri 22:00-05:00 Europe/Berlin"')
    for day in filter(None, (found["first"], found["last"])):
        if day not in _DAYS:
            raise ValueError(f'"{day}" is none of {", ".join(_DAYS)}')
    first = _DAYS.index(found["first"]) if found["first"] else 0
    last = _DAYS.index(found["last"] or found["first"]) if found["first"] else 6
    days = frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
    try:
        zone = ZoneInfo(found["zone"] or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f'no time zone is called "{found["zone"]}"') from error
    start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
    return Hours(days, start, end, zone)


def _key(location: tuple[int | str, ...]) -> str:
    """Write where a fault is as the operator would: `sink[2].path`, counting from 1."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "file"


def _plain(kind: str, message: str, location: tuple[int | str, ...]) -> str:
    """Say pydantic's commonest faults in the operator's words."""
    head = _HEADS.get(str(location[0])) if location else None
    if kind == "model_type" or (kind == "tuple_type" and head and len(location) == 1):
        return f"must be a table: {head}"
    if kind == "tuple_type":
        return "must be a list: [ ... ]"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "missing"
    return message.removeprefix("Value error, ")
