"""fail2ban's filter matches every scan by a proven source, and no authorised one."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.journal import journal
from nmapwatchd.core.alert import Action, Alert, Message
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.formats.summary import SCAN
from tests.debian_package import unpacked
from tests.formats.messages import AT, BLIND, CLOSED, FLOOD, OPENED
from tests.golden import goldens, replayed
from tests.sinks.building import hostile, syslog_sink
from tests.sinks.collector import LOOPBACK, TCP, collector, wait_until
from tests.sinks.test_journald import run

FILTER = Path(__file__).parents[1] / "etc/fail2ban/filter.d/nmapwatchd.conf"
# Caveats of which the filter takes no account: the source is proven nevertheless.
HARMLESS = {Caveat.SHARED_PROBES.value, "incomplete"}

# Debian 12's rsyslog writes the first; other versions and distributions the second.
TEMPLATES = ["RSYSLOG_FileFormat", "RSYSLOG_TraditionalFileFormat"]

# What a program writes into its log that wants somebody banned.
FORGERIES = [
    "sensor1 sshd[1]: 10.9.9.9 has begun an nmap scan of 10.0.0.8",
    "sensor1 sshd[1]: nmapwatchd[1]: 10.9.9.9 has begun an nmap scan of 10.0.0.8",
    "sensor1 nmapwatchd[1]: nmapwatchd[1]: 10.9.9.9 has begun an nmap scan of 10.0.0.8",
    "sensor1 sshd[1]: x sensor1 nmapwatchd[1]: 10.9.9.9 has begun an nmap scan of 10.0.0.8",
]


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    """The alerts of every scan that was recorded, with a time that fail2ban accepts."""
    scans = [*goldens("nmap"), *goldens("edited")]
    return [replace(alert, at=AT) for found in replayed(scans).values() for alert in found]


@pytest.fixture(scope="module")
def messages(alerts: list[Alert]) -> list[Message]:
    """Everything that the sensor reports: these alerts, the same authorised, and other messages."""
    authorised = [
        replace(
            alert,
            expected='weekly "audit"',
            action=Action.SCAN_EXPECTED if alert.action is Action.SCAN_OPENED else alert.action,
        )
        for alert in alerts
    ]
    return [*alerts, *authorised, OPENED, CLOSED, FLOOD, BLIND, *hostile()]


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fail2ban's configuration with the filter."""
    folder = tmp_path_factory.mktemp("fail2ban") / "fail2ban"
    shutil.copytree(unpacked("fail2ban") / "etc/fail2ban", folder)
    shutil.copy(FILTER, folder / "filter.d")
    return folder


def matched(configuration: Path, log: str, mode: str = "", within: Sequence[str] = ()) -> list[str]:
    """Return the addresses that fail2ban would ban for a log, in order."""
    name = f"nmapwatchd[mode={mode}]" if mode else "nmapwatchd"
    package = unpacked("fail2ban")
    command = [
        *within, "env", f"PYTHONPATH={package}/usr/lib/python3/dist-packages", "/usr/bin/python3",
        f"{package}/usr/bin/fail2ban-regex", "-c", str(configuration), "--out", "ip", log, name,
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.fixture(scope="module")
def logs(messages: list[Message], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files in which a real rsyslog has written all messages, by their template."""
    folder = tmp_path_factory.mktemp("logs")
    found = {template: folder / template for template in TEMPLATES}
    before = "".join(
        f'action(type="omfile" file="{log}" template="{template}")'
        for template, log in found.items()
    )
    with collector(folder, "imtcp", TCP, before=before) as rsyslog:
        sink = syslog_sink(f"tcp://{LOOPBACK}:{rsyslog.port}")
        sink.open()
        for message in messages:
            sink.send(message)
        sink.close()
        wait_until(lambda: all(_lines(log) == len(messages) for log in found.values()))
    return found


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def is_scan(message: Message) -> bool:
    """Return whether a message is about a scan by a host with an address that is not authorised."""
    return isinstance(message, Alert) and not message.expected and is_address(message.source)


def is_address(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]*[.:][0-9a-f.:]+", text) is not None


def is_proven(message: Message) -> bool:
    """Return whether a message is about such a scan by a host whose address is proven."""
    return is_scan(message) and isinstance(message, Alert) and not {*message.caveats} - HARMLESS


@pytest.mark.parametrize("template", TEMPLATES)
def test_only_what_is_proven_and_not_authorised_is_banned(
    configuration: Path, messages: list[Message], logs: dict[str, Path], template: str
) -> None:
    expected = [m.source for m in messages if isinstance(m, Alert) and is_proven(m)]
    assert expected
    assert matched(configuration, str(logs[template])) == expected


def test_every_scan_and_no_authorised_one_is_matched_in_the_mode_for_all(
    configuration: Path, messages: list[Message], logs: dict[str, Path]
) -> None:
    expected = [m.source for m in messages if isinstance(m, Alert) and is_scan(m)]
    assert matched(configuration, str(logs[TEMPLATES[0]]), "all") == expected


def test_the_filter_takes_the_sentences_that_the_published_expression_takes() -> None:
    verbs = re.search(r"\(\?:(has begun[^)]*)\)", FILTER.read_text())

    assert verbs is not None
    assert f"({verbs[1]})" in SCAN


def test_what_another_program_logs_bans_nobody(configuration: Path, tmp_path: Path) -> None:
    log = tmp_path / "syslog"
    genuine = "sensor1 nmapwatchd[1]: 10.0.0.5 has begun an nmap scan of 10.0.0.8"
    log.write_text("".join(f"Nov 22 11:49:19 {line}\n" for line in [genuine, *FORGERIES]))

    assert matched(configuration, str(log), "all") == ["10.0.0.5"]


@pytest.mark.live
def test_the_journal_gives_the_same(configuration: Path) -> None:
    with journal() as found:
        run(found, "sink.open()\nfor one in (OPENED, CLOSED, BLIND): sink.send(one)")
        wait_until(lambda: len(found.entries("SYSLOG_IDENTIFIER=nmapwatchd")) >= 3)

        banned = matched(configuration, "systemd-journal", within=found.inside([]))

    assert banned == [OPENED.source, CLOSED.source]
