"""A file that the unit does not let the service use is reported with what to do."""

from pathlib import Path

import pytest

from nmapwatchd.commands.checks import sandbox as module
from nmapwatchd.commands.checks.sandbox import sandbox_warnings, warnings_of
from nmapwatchd.config.reader import validate_settings
from nmapwatchd.config.settings import Settings

STRICT = {"ProtectSystem": "strict", "ReadWritePaths": "-/srv/alerts +/data"}
UNIT = Path(__file__).parents[3] / "packaging" / "systemd" / "nmapwatchd.service"


def settings_of(path: str, **others: object) -> Settings:
    """Return settings with a file of JSON lines."""
    sinks = [{"kind": "jsonl", "path": "-"}, {"kind": "jsonl", "path": path}]
    return validate_settings({"sink": sinks, **others}, "conf")


def test_a_file_elsewhere_is_reported_with_the_line_to_add() -> None:
    (warning,) = warnings_of(settings_of("/srv/other/alerts.jsonl"), STRICT)

    assert str(warning) == (
        "sink[2]: the unit does not let the service write in /srv/other; run systemctl edit "
        "nmapwatchd, and add under [Service]: ReadWritePaths=/srv/other"
    )


def test_every_key_of_a_written_path_is_judged() -> None:
    settings = settings_of(
        "/a/alerts.jsonl",
        spool={"directory": "/b"},
        runtime_directory="/c",
        metrics_file="/d/metrics.prom",
    )

    assert [one.location for one in warnings_of(settings, STRICT)] == [
        "sink[2]",
        "spool.directory",
        "runtime_directory",
        "metrics_file",
    ]


@pytest.mark.parametrize(
    "path", ["/var/log/nmapwatchd/a", "/srv/alerts/a", "/data/deep/a", "/run/nmapwatchd/a"]
)
def test_a_file_where_the_unit_may_write_is_not_reported(path: str) -> None:
    assert list(warnings_of(settings_of(path), STRICT)) == []


def test_an_instance_may_write_in_its_own_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGS_DIRECTORY", "/var/log/nmapwatchd@eth1")

    assert list(warnings_of(settings_of("a.jsonl"), STRICT)) == []


def test_without_a_strict_unit_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of("/srv/other/alerts.jsonl")

    assert list(warnings_of(settings, {})) == []
    monkeypatch.setattr(module, "unit_properties", lambda *_: {"ProtectSystem": "full"})
    assert list(sandbox_warnings(settings)) == []


def test_a_file_in_a_home_is_reported() -> None:
    collector = {"kind": "syslog", "to": "tls://[::1]"}
    sinks = [
        {**collector, "ca_file": "/root/ca.pem"},
        {**collector, "ca_file": "/etc/ca.pem"},
        {**collector, "cert_file": "/homes/a.pem", "key_file": "credential:a.key"},
    ]
    settings = validate_settings({"sink": sinks, "signatures": ["/home/me/own"]}, "conf")

    assert [str(one) for one in warnings_of(settings, {"ProtectHome": "yes"})] == [
        (
            "signatures: the unit does not let the service read /home/me/own; move it to "
            "/etc/nmapwatchd"
        ),
        "sink[1]: the unit does not let the service read /root/ca.pem; move it to /etc/nmapwatchd",
    ]
    assert list(warnings_of(settings, {"ProtectHome": "no"})) == []


def test_the_shipped_unit_is_strict() -> None:
    assert {"ProtectSystem=strict", "ProtectHome=yes"} <= set(UNIT.read_text().splitlines())
