"""The kinds of sinks: one class per kind holds its keys, their validation and what it builds."""

import os
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from nmapwatchd.config.collector_url import CollectorUrl, parse_collector_url
from nmapwatchd.config.table import Table
from nmapwatchd.errors import Diagnostic
from nmapwatchd.formats.cef import format_cef
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.escape import printable
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.formats.rfc3164 import format_local, format_rfc3164
from nmapwatchd.formats.rfc5424 import (
    DEFAULT_SD_ID,
    MAXIMUM_DATAGRAM,
    MAXIMUM_MESSAGE,
    format_rfc5424,
    is_sd_id,
)
from nmapwatchd.formats.sensor import Sensor, this_sensor
from nmapwatchd.sinks.credential import check_name
from nmapwatchd.sinks.file import FileSink
from nmapwatchd.sinks.journal_limits import journal_warnings
from nmapwatchd.sinks.journald import JournaldSink
from nmapwatchd.sinks.network import require_network, unit_denials
from nmapwatchd.sinks.sink import Sink, SinkError
from nmapwatchd.sinks.standard_output import StandardOutputSink
from nmapwatchd.sinks.syslog_datagram import SyslogDatagramSink
from nmapwatchd.sinks.syslog_stream import SyslogStreamSink, octet_counted, terminated
from nmapwatchd.sinks.tls import Tls

# The `path` of a jsonl sink that writes to standard output.
STANDARD_OUTPUT = "-"


class SinkTable(Table, ABC):
    """`[[sink]]`: a destination of alerts; each kind is a subclass."""

    @abstractmethod
    def build(self, sensor: Sensor) -> Sink:
        """Return the sink, not yet open."""

    def check(self) -> None:
        """
        Check what no waiting changes, without sending anything.

        Raises:
            SinkError: the sink can never be used by this process.
        """

    def probe(self) -> None:
        """
        Check that the destination is available now, without sending or creating anything.

        Raises:
            SinkError: it is not; it may be later.
        """
        sink = self.build(this_sensor())
        sink.open()
        sink.close()

    def warnings(self, messages: int) -> Iterator[str]:  # noqa: ARG002 - most have no limit
        """
        Yield why messages would be lost.

        Args:
            messages: how many may be written at once.
        """
        yield from ()

    def unit_denials(self) -> Iterator[str]:
        """Yield why the service's unit refuses the sink, though this process may use it."""
        yield from ()


class JournaldSettings(SinkTable):
    """`kind = "journald"`: the systemd journal of this host."""

    kind: Literal["journald"] = "journald"

    def build(self, sensor: Sensor) -> Sink:  # noqa: ARG002 - journald adds host and process
        """Return the sink, not yet open."""
        return JournaldSink(format_journal)

    def warnings(self, messages: int) -> Iterator[str]:
        """
        Yield why the journal would drop messages that it has accepted.

        Args:
            messages: how many may be written at once.
        """
        yield from journal_warnings(messages)


class JsonlSettings(SinkTable):
    """`kind = "jsonl"`: a file of JSON lines, or standard output."""

    kind: Literal["jsonl"] = "jsonl"
    path: str

    @field_validator("path")
    @classmethod
    def _valid_path(cls, path: str) -> str:
        if not path or "\0" in path:
            raise ValueError(f"{path!r} is not the path of a file")
        return path

    def build(self, sensor: Sensor) -> Sink:
        """Return the sink, not yet open."""
        if self.path == STANDARD_OUTPUT:
            return StandardOutputSink("jsonl -", sensor, format_ecs)
        return FileSink(self.file, sensor, format_ecs)

    @property
    def file(self) -> str:
        """The path; a relative one is in the service manager's log directory, if there is one."""
        return str(Path(os.environ.get("LOGS_DIRECTORY", "").partition(":")[0], self.path))

    def probe(self) -> None:
        """
        Check that the file can be written now, without creating it.

        Raises:
            SinkError: it cannot; it may be later.
        """
        if self.path != STANDARD_OUTPUT:
            FileSink(self.file, this_sensor(), format_ecs).probe()


class SyslogSettings(SinkTable):
    """`kind = "syslog"`: the syslog of this host, or a collector."""

    kind: Literal["syslog"] = "syslog"
    to: str
    # None is rfc3164 for a socket of this host, and rfc5424 for a collector.
    format: Literal["rfc5424", "rfc3164", "cef"] | None = None
    sd_id: str = DEFAULT_SD_ID
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    passphrase_file: str = ""

    @field_validator("to")
    @classmethod
    def _valid_url(cls, to: str) -> str:
        parse_collector_url(to)
        return to

    @field_validator("format")
    @classmethod
    def _valid_format(cls, format_: str | None, info: ValidationInfo) -> str | None:
        to = info.data.get("to")  # missing if it is invalid
        if to is not None and format_ not in {None, "rfc3164"}:
            _require_collector(to, f'"{format_}"')
        return format_

    @field_validator("sd_id")
    @classmethod
    def _valid_sd_id(cls, sd_id: str, info: ValidationInfo) -> str:
        if not is_sd_id(sd_id):
            raise ValueError(f'"{printable(sd_id)}" is not like name@32473')
        if info.data.get("format") in {"rfc3164", "cef"}:
            raise ValueError(f'format "{info.data["format"]}" has no structured data')
        if to := info.data.get("to"):
            _require_collector(to, "structured data")
        return sd_id

    @field_validator("ca_file", "cert_file", "key_file", "passphrase_file")
    @classmethod
    def _valid_file(cls, file: str, info: ValidationInfo) -> str:
        if not file:
            return file
        to = info.data.get("to")  # missing if it is invalid
        if to is not None and parse_collector_url(to).scheme != "tls":
            raise ValueError(f"certificates need tls://, and {to!r} is not")
        if info.field_name in {"key_file", "passphrase_file"} and info.data.get("cert_file") == "":
            raise ValueError("needs a cert_file")
        check_name(file)
        return file

    def build(self, sensor: Sensor) -> Sink:
        """Return the sink, not yet open."""
        url = parse_collector_url(self.to)
        if url.scheme == "unix":
            return SyslogDatagramSink.local(url.path, sensor, format_local)
        format_ = self._format(url)
        if url.scheme == "udp":
            return SyslogDatagramSink.udp(url.host, url.port, sensor, format_)
        tls = Tls(self.ca_file, self.cert_file, self.key_file, self.passphrase_file)
        return SyslogStreamSink(
            url.host,
            url.port,
            sensor,
            format_,
            # Collectors of the traditional form expect one message a line.
            frame=octet_counted if self.format in {None, "rfc5424"} else terminated,
            tls=tls if url.scheme == "tls" else None,
        )

    def _format(self, url: CollectorUrl) -> Format:
        """Return the format for a collector."""
        maximum = MAXIMUM_DATAGRAM if url.scheme == "udp" else MAXIMUM_MESSAGE
        match self.format:
            case "rfc3164":
                return format_rfc3164
            case "cef":
                return partial(format_cef, maximum=maximum)
            case _:
                return partial(format_rfc5424, maximum=maximum, sd_id=self.sd_id)

    def check(self) -> None:
        """
        Check that the service may use the network; the collector may be down.

        Raises:
            SinkError: it may not.
        """
        if parse_collector_url(self.to).scheme != "unix":
            require_network(self.to)

    def unit_denials(self) -> Iterator[str]:
        """Yield that the service's unit denies the network, if it does."""
        if parse_collector_url(self.to).scheme != "unix":
            yield from unit_denials(self.to)

    def probe(self) -> None:
        """
        Check that a socket of this host is there now; a collector may take seconds to answer.

        Raises:
            SinkError: it is not; it may be later.
        """
        if parse_collector_url(self.to).scheme == "unix":
            super().probe()


def _require_collector(to: str, what: str) -> None:
    """
    Check that a destination is a collector.

    Raises:
        ValueError: it is a socket of this host, whose readers take the traditional form only.
    """
    if parse_collector_url(to).scheme == "unix":
        raise ValueError(f'{what} needs udp://, tcp:// or tls://; unix: takes "rfc3164"')


# `[[sink]]` by its `kind`.
SinkSettings = Annotated[
    JournaldSettings | JsonlSettings | SyslogSettings, Field(discriminator="kind")
]

SINK_TABLES: Mapping[str, type[SinkTable]] = {
    table.model_fields["kind"].default: table for table in get_args(get_args(SinkSettings)[0])
}
# The keys that one kind of sink or another has.
SINK_KEYS = frozenset().union(*(table.key_names() for table in SINK_TABLES.values()))


def diagnose_sinks(
    sinks: Iterable[SinkTable], in_use: Container[SinkTable] = ()
) -> Iterator[Diagnostic]:
    """
    Yield the errors of sinks that no waiting mends, without sending anything.

    Args:
        sinks: in the order of the file.
        in_use: sinks that are not checked, since they work already.
    """
    for number, settings in enumerate(sinks, 1):
        if settings in in_use:
            continue
        try:
            settings.check()
        except SinkError as error:
            yield Diagnostic(f"sink[{number}]", str(error))


def duplicate_sinks(names: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield the names that more than one sink has, given those of all."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Diagnostic("sink", f"duplicate {name}")
