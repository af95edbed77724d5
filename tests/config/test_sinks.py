"""A sink's table is a sink, or each of its errors is reported with its key."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from nmapwatchd.config import sinks as module
from nmapwatchd.config.reader import validate_settings
from nmapwatchd.config.sinks import (
    JournaldSettings,
    JsonlSettings,
    SinkTable,
    SyslogSettings,
    diagnose_sinks,
    duplicate_sinks,
)
from nmapwatchd.formats.cef import format_cef
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.rfc3164 import format_local, format_rfc3164
from nmapwatchd.formats.rfc5424 import MAXIMUM_DATAGRAM, MAXIMUM_MESSAGE, format_rfc5424
from nmapwatchd.sinks.file import FileSink
from nmapwatchd.sinks.journald import JournaldSink
from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.standard_output import StandardOutputSink
from nmapwatchd.sinks.syslog_datagram import SyslogDatagramSink
from nmapwatchd.sinks.syslog_stream import SyslogStreamSink, octet_counted, terminated
from nmapwatchd.sinks.tls import Tls
from tests.config.diagnostics import diagnostics
from tests.formats.messages import CLOSED, SENSOR


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
        (SyslogSettings(to="unix:/dev/log"), SyslogDatagramSink, format_local),
        (SyslogSettings(to="unix:/dev/log", format="rfc3164"), SyslogDatagramSink, format_local),
        (SyslogSettings(to="udp://host", format="rfc3164"), SyslogDatagramSink, format_rfc3164),
        (SyslogSettings(to="tcp://host:1", format="rfc3164"), SyslogStreamSink, format_rfc3164),
    ],
)
def test_each_transport_is_given_its_format(
    settings: SinkTable, kind: type, format_: Format
) -> None:
    sink: Any = settings.build(SENSOR)

    assert sink._format is format_
    assert sink._sensor == SENSOR
    assert type(sink) is kind


@pytest.mark.parametrize(
    ("to", "maximum"),
    [
        ("udp://host", MAXIMUM_DATAGRAM),
        ("tcp://host:1", MAXIMUM_MESSAGE),
        ("tls://host", MAXIMUM_MESSAGE),
    ],
)
def test_a_format_is_given_the_bound_of_its_transport(to: str, maximum: int) -> None:
    plain: Any = SyslogSettings(to=to).build(SENSOR)
    named: Any = SyslogSettings(to=to, format="rfc5424", sd_id="name@32473.1").build(SENSOR)
    cef: Any = SyslogSettings(to=to, format="cef").build(SENSOR)

    assert plain._format(CLOSED, SENSOR) == format_rfc5424(CLOSED, SENSOR, maximum)
    assert named._format(CLOSED, SENSOR) == format_rfc5424(CLOSED, SENSOR, maximum, "name@32473.1")
    assert cef._format(CLOSED, SENSOR) == format_cef(CLOSED, SENSOR, maximum)
    long = replace(CLOSED, vlans=tuple(f"{'v' * 250}{n}" for n in range(99)))
    assert maximum - 300 < len(plain._format(long, SENSOR)) <= maximum
    assert maximum - 300 < len(cef._format(long, SENSOR)) <= maximum


@pytest.mark.parametrize("to", ["tcp://host:1", "tls://host"])
def test_only_rfc_5424_is_framed_by_length(to: str) -> None:
    framing = {
        name: cast(Any, SyslogSettings.model_validate({"to": to, **table}).build(SENSOR))._frame
        for name, table in {
            "default": {}, "rfc5424": {"format": "rfc5424"},
            "rfc3164": {"format": "rfc3164"}, "cef": {"format": "cef"},
        }.items()
    }  # fmt: skip

    assert framing == {
        "default": octet_counted, "rfc5424": octet_counted,
        "rfc3164": terminated, "cef": terminated,
    }  # fmt: skip


def test_the_journal_is_given_fields() -> None:
    assert type(JournaldSettings().build(SENSOR)) is JournaldSink


def test_certificates_reach_tls() -> None:
    files = {"ca_file": "a", "cert_file": "b", "key_file": "c", "passphrase_file": "d"}
    sink: Any = SyslogSettings.model_validate({"to": "tls://host", **files}).build(SENSOR)
    plain: Any = SyslogSettings(to="tcp://host:1").build(SENSOR)

    assert sink._tls == Tls("a", "b", "c", "d")
    assert plain._tls is None


_UDP = {"kind": "syslog", "to": "udp://host"}
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
        ({"kind": "jsonl", "path": "/a", "to": "x"}, 'to: a jsonl sink has no "to"'),
        ({"kind": "jsonl", "path": "/a", "format": "cef"}, 'format: a jsonl sink has no "format"'),
        ({"kind": "journald", "path": "/a"}, 'path: a journald sink has no "path"'),
        ({"kind": "journald", "color": "red"}, "color: unknown key of a journald sink"),
        ({"kind": "syslog"}, "to: missing"),
        ({"kind": "syslog", "to": "unix:/a", "path": "/a"}, 'path: a syslog sink has no "path"'),
        ({**_UDP, "sd_id": "x"}, 'sd_id: "x" is not like name@32473'),
        ({**_UDP, "sd_id": ""}, 'sd_id: "" is not like name@32473'),
        ({**_UDP, "sd_id": "a\n@1"}, r'sd_id: "a\n@1" is not like name@32473'),
        ({**_UDP, "format": "leef"}, "format: Input should be 'rfc5424', 'rfc3164' or 'cef'"),
        ({**_UDP, "format": "cef", "sd_id": "a@1"}, 'sd_id: format "cef" has no structured data'),
        (
            {**_UDP, "format": "rfc3164", "sd_id": "a@1"},
            'sd_id: format "rfc3164" has no structured data',
        ),
        (
            {"kind": "syslog", "to": "unix:/dev/log", "format": "cef"},
            'format: "cef" needs udp://, tcp:// or tls://; unix: takes "rfc3164"',
        ),
        (
            {"kind": "syslog", "to": "unix:/dev/log", "format": "rfc5424"},
            'format: "rfc5424" needs udp://, tcp:// or tls://; unix: takes "rfc3164"',
        ),
        (
            {"kind": "syslog", "to": "unix:/dev/log", "sd_id": "a@1"},
            'sd_id: structured data needs udp://, tcp:// or tls://; unix: takes "rfc3164"',
        ),
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


def test_a_sink_that_is_not_available_is_no_error(tmp_path: Path) -> None:
    tables = [
        JsonlSettings(path=str(tmp_path / "a")),
        JsonlSettings(path="/no/such/a"),
        JsonlSettings(path="-"),
        SyslogSettings(to="unix:/no/such/log"),
        SyslogSettings(to="tcp://127.0.0.1:1"),
    ]

    assert list(diagnose_sinks(tables)) == []
    errors = []
    for table in tables:
        try:
            table.probe()
        except SinkError as error:
            errors.append(str(error))
    assert errors == [
        "jsonl /no/such/a: No such file or directory",
        "unix:/no/such/log: No such file or directory",
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


def test_sinks_of_one_name_are_duplicates() -> None:
    assert [str(found) for found in duplicate_sinks(["b", "a", "b"])] == ["sink: duplicate b"]


def test_a_collector_is_refused_if_the_unit_denies_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "unit_denials", lambda to: [f"{to}: denied"])

    assert list(SyslogSettings(to="udp://host").unit_denials()) == ["udp://host: denied"]
    assert list(SyslogSettings(to="unix:/dev/log").unit_denials()) == []


def test_a_relative_path_is_in_the_log_directory_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [JsonlSettings(path=path).build(SENSOR).name for path in ("a.jsonl", "/var/a")]
    assert names == ["jsonl a.jsonl", "jsonl /var/a"]

    monkeypatch.setenv("LOGS_DIRECTORY", f"{tmp_path}:/elsewhere")
    names = [JsonlSettings(path=path).build(SENSOR).name for path in ("a.jsonl", "/var/a")]
    assert names == [f"jsonl {tmp_path}/a.jsonl", "jsonl /var/a"]
