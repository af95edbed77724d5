"""A sink's table is a sink, or each of its errors is reported with its key."""

from pathlib import Path
from typing import Any

import pytest

from nmapwatchd.config import sinks as module
from nmapwatchd.config.reader import validate_settings
from nmapwatchd.config.sinks import (
    JournaldSettings,
    JsonlSettings,
    SinkTable,
    SyslogSettings,
    diagnose_sinks,
    sink_outages,
)
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.rfc3164 import format_rfc3164
from nmapwatchd.formats.rfc5424 import format_rfc5424, format_rfc5424_datagram
from nmapwatchd.sinks.file import FileSink
from nmapwatchd.sinks.journald import JournaldSink
from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.standard_output import StandardOutputSink
from nmapwatchd.sinks.syslog_datagram import SyslogDatagramSink
from nmapwatchd.sinks.syslog_stream import SyslogStreamSink
from nmapwatchd.sinks.tls import Tls
from tests.config.diagnostics import diagnostics
from tests.formats.messages import SENSOR


def test_each_kind_is_a_class() -> None:
    tables = [
        {"kind": "journald"},
        {"kind": "jsonl", "path": "/a"},
        {"kind": "syslog", "to": "unix:/dev/log"},
    ]

    assert validate_settings({"sink": tables}, "conf").sink == (
        JournaldSettings(), JsonlSettings(path="/a"), SyslogSettings(to="unix:/dev/log"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (JournaldSettings(), "journald"),
        (JsonlSettings(path="/var/log/a.jsonl"), "jsonl /var/log/a.jsonl"),
        (JsonlSettings(path="-"), "jsonl -"),
        (SyslogSettings(to="unix:/dev/log"), "unix:/dev/log"),
        (SyslogSettings(to="unix:///dev/log"), "unix:/dev/log"),
        (
            SyslogSettings(to="udp://collector.example.org:5514"),
            "udp://collector.example.org:5514",
        ),
        (SyslogSettings(to="udp://192.0.2.1"), "udp://192.0.2.1:514"),
        (SyslogSettings(to="tcp://192.0.2.1:601"), "tcp://192.0.2.1:601"),
        (SyslogSettings(to="tls://siem.example.org"), "tls://siem.example.org:6514"),
        (SyslogSettings(to="tls://[2001:db8::1]:6514"), "tls://[2001:db8::1]:6514"),
        (SyslogSettings(to="udp://[2001:db8::1]"), "udp://[2001:db8::1]:514"),
    ],
)
def test_settings_build_a_sink_by_its_name(settings: SinkTable, name: str) -> None:
    assert settings.build(SENSOR).name == name


@pytest.mark.parametrize(
    ("settings", "kind", "format_"),
    [
        (JsonlSettings(path="/a"), FileSink, format_ecs),
        (JsonlSettings(path="-"), StandardOutputSink, format_ecs),
        (SyslogSettings(to="unix:/dev/log"), SyslogDatagramSink, format_rfc3164),
        (SyslogSettings(to="udp://host"), SyslogDatagramSink, format_rfc5424_datagram),
        (SyslogSettings(to="tcp://host:1"), SyslogStreamSink, format_rfc5424),
        (SyslogSettings(to="tls://host"), SyslogStreamSink, format_rfc5424),
    ],
)
def test_each_transport_is_given_its_format(
    settings: SinkTable, kind: type, format_: Format
) -> None:
    sink: Any = settings.build(SENSOR)

    assert sink._format is format_
    assert sink._sensor == SENSOR
    assert type(sink) is kind


def test_the_journal_is_given_fields() -> None:
    assert type(JournaldSettings().build(SENSOR)) is JournaldSink


def test_certificates_reach_tls() -> None:
    files = {"ca_file": "a", "cert_file": "b", "key_file": "c", "passphrase_file": "d"}
    sink: Any = SyslogSettings.model_validate({"to": "tls://host", **files}).build(SENSOR)
    plain: Any = SyslogSettings(to="tcp://host:1").build(SENSOR)

    assert sink._tls == Tls("a", "b", "c", "d")
    assert plain._tls is None


_TLS = {"kind": "syslog", "to": "tls://host"}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({}, "kind: missing"),
        ({"path": "/a"}, "kind: missing"),
        ({"kind": "email"}, 'kind: unknown kind "email"; use journald, jsonl, syslog'),
        ({"kind": 3}, 'kind: unknown kind "3"; use journald, jsonl, syslog'),
        ({"kind": "jsonl"}, "path: missing"),
        ({"kind": "jsonl", "path": ""}, "path: '' is not the path of a file"),
        ({"kind": "jsonl", "path": "a\0b"}, r"path: 'a\x00b' is not the path of a file"),
        ({"kind": "jsonl", "path": 3}, "path: Input should be a valid string"),
        ({"kind": "jsonl", "path": "/a", "to": "x"}, "to: unknown key of a jsonl sink"),
        ({"kind": "journald", "path": "/a"}, "path: unknown key of a journald sink"),
        ({"kind": "syslog"}, "to: missing"),
        ({"kind": "syslog", "to": "unix:/a", "path": "/a"}, "path: unknown key of a syslog sink"),
        (
            {"kind": "syslog", "to": "ftp://host"},
            (
                "to: 'ftp://host' is not of the form unix:/dev/log, udp://host:port, "
                "tcp://host:port or tls://host:port"
            ),
        ),
        (
            {"kind": "syslog", "to": "tcp://host:601", "ca_file": "ca.pem"},
            "ca_file: certificates need tls://, and 'tcp://host:601' is not",
        ),
        ({**_TLS, "key_file": "key.pem"}, "key_file: needs a cert_file"),
        ({**_TLS, "passphrase_file": "phrase"}, "passphrase_file: needs a cert_file"),
        (
            {**_TLS, "ca_file": "credential:../shadow"},
            "ca_file: 'credential:../shadow' is not a credential such as credential:nmapwatchd.key",
        ),
        (
            {**_TLS, "cert_file": "credential:..", "key_file": "key.pem"},
            "cert_file: 'credential:..' is not a credential such as credential:nmapwatchd.key",
        ),
    ],
)
def test_an_error_names_sink_key_and_reason(table: dict[str, object], text: str) -> None:
    good = {"kind": "journald"}

    assert diagnostics(sink=[good, table]) == [f"conf: sink[2].{text}"]


def test_empty_files_are_none() -> None:
    table = {"kind": "syslog", "to": "tcp://host:601", "ca_file": "", "key_file": ""}

    assert validate_settings({"sink": [table]}, "conf").sink


def test_a_sink_that_is_not_available_is_an_outage_and_no_error(tmp_path: Path) -> None:
    tables = [
        JsonlSettings(path=str(tmp_path / "a")),
        JsonlSettings(path="/no/such/a"),
        JsonlSettings(path="-"),
        SyslogSettings(to="unix:/no/such/log"),
        SyslogSettings(to="tcp://127.0.0.1:1"),
    ]

    assert list(diagnose_sinks(tables)) == []
    assert [str(found) for found in sink_outages(tables)] == [
        "sink[2]: jsonl /no/such/a: No such file or directory",
        "sink[4]: unix:/no/such/log: No such file or directory",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_sink_in_use_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr(module, "require_network", refuse)
    used, bad = SyslogSettings(to="udp://one"), SyslogSettings(to="udp://two")

    (found,) = diagnose_sinks([used, bad], in_use={used})

    assert str(found) == "sink[2]: udp://two: no network"


def test_a_collector_needs_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr(module, "require_network", refuse)
    tables = [SyslogSettings(to="unix:/dev/log"), SyslogSettings(to="udp://host")]

    assert [str(found) for found in diagnose_sinks(tables)] == ["sink[2]: udp://host: no network"]


def test_a_collector_whose_unit_denies_the_network_is_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "network_warnings", lambda to: [f"{to}: denied"])

    assert list(SyslogSettings(to="udp://host").warnings(1)) == ["udp://host: denied"]
    assert list(SyslogSettings(to="unix:/dev/log").warnings(1)) == []


def test_a_relative_path_is_in_the_log_directory_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [JsonlSettings(path=path).build(SENSOR).name for path in ("a.jsonl", "/var/a")]
    assert names == ["jsonl a.jsonl", "jsonl /var/a"]

    monkeypatch.setenv("LOGS_DIRECTORY", f"{tmp_path}:/elsewhere")
    names = [JsonlSettings(path=path).build(SENSOR).name for path in ("a.jsonl", "/var/a")]
    assert names == [f"jsonl {tmp_path}/a.jsonl", "jsonl /var/a"]
