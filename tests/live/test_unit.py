"""The unit, under a real systemd: ready when it captures, confined, and always restarted."""

import itertools
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.sinks.network import REMEDY
from tests.lab.network import Network, inside, ip_in, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.machine import BOOT_SECONDS, CONFIG, DROP_IN, SINK, UNIT, Machine
from tests.live.scarcity import STOPPED_SECONDS
from tests.sinks.certificates import encrypt
from tests.sinks.collector import LOOPBACK, collector, tls

pytestmark = pytest.mark.live

NETWORK = "/etc/systemd/system/nmapwatchd.service.d/network.conf"
NSE = "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"
# Each scanner has its own address, so that no test gets another's alerts.
ADDRESSES = (f"10.77.0.{number}" for number in itertools.count(20))


@pytest.fixture(scope="module")
def web(network: Network) -> Iterator[None]:
    """A web server on the target."""
    with running(network, [SERVERS["nginx"]]):
        yield


@pytest.fixture
def scanner(network: Network, web: None) -> str:
    """A new address of the scanner."""
    address = next(ADDRESSES)
    ip_in(network.scanner.namespace, "address", "add", f"{address}/24", "dev", "eth0")
    return address


def scan(network: Network, scanner: str) -> None:
    """Send a request as nmap's scripts do."""
    curl = ["curl", "-s", "-o", "/dev/null", "--interface", scanner, "-A", NSE]
    subprocess.run(
        inside(network.scanner.namespace, [*curl, f"http://{network.target.ipv4}/"]), check=True
    )


def test_the_unit_is_ready_when_packets_are_captured(
    network: Network, machine: Machine, scanner: str
) -> None:
    machine.run("systemctl", "start", UNIT)

    scan(network, scanner)

    machine.wait_reported("scan-opened", scanner)
    assert machine.unit_property("StatusText").startswith(f"capturing on {network.tap.interface}: ")


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ("interfaces = []", "interfaces: none configured; set them in the file or by --interface"),
        ('interfaces = ["wire0"]\ncolour = "red"', f"{CONFIG}: colour: unknown key"),
    ],
    ids=["no-interface", "an-unknown-key"],
)
def test_an_invalid_configuration_fails_the_unit_with_one_line_and_without_a_restart_loop(
    config: str, error: str, machine: Machine
) -> None:
    machine.write(CONFIG, config)

    started = machine.try_("systemctl", "start", UNIT)
    time.sleep(3)  # longer than RestartSec=

    assert started.returncode != 0
    assert machine.unit_property("ActiveState") == "failed"
    assert machine.unit_property("ExecMainStatus") == "2"
    assert machine.unit_property("NRestarts") == "0"
    invocation = machine.unit_property("InvocationID")
    errors = machine.entries(f"_SYSTEMD_INVOCATION_ID={invocation}", "PRIORITY=3")
    assert [entry["MESSAGE"] for entry in errors] == [f"nmapwatchd: {error}"]


def test_what_is_absent_at_the_start_is_reported_and_used_when_it_appears(
    network: Network, machine: Machine, scanner: str
) -> None:
    folder, late = "/var/log/nmapwatchd/late", "late0"
    machine.run("rm", "-rf", folder)
    sink = f'[[sink]]\nkind = "jsonl"\npath = "{folder}/alerts.jsonl"\n'
    machine.write(CONFIG, f'interfaces = ["{network.tap.interface}", "{late}"]\n{SINK}{sink}')

    machine.run("systemctl", "start", UNIT)
    status = machine.unit_property("StatusText")
    scan(network, scanner)
    machine.wait_reported("scan-opened", scanner)
    ip_in(network.tap.namespace, "link", "add", late, "type", "veth", "peer", "name", "late1")
    for end in (late, "late1"):
        ip_in(network.tap.namespace, "link", "set", end, "up")
    machine.run("install", "-d", "-o", "nmapwatchd", folder)

    try:
        wait_until(
            lambda: machine.unit_property("StatusText").startswith(
                f"capturing on {network.tap.interface}, {late}: "
            ),
            "the late interface",
        )
        wait_until(
            lambda: scanner in machine.try_("cat", f"{folder}/alerts.jsonl").stdout, "the sink", 30
        )
    finally:
        ip_in(network.tap.namespace, "link", "delete", late)
    assert status.startswith(f"BLIND on {late} (there is no such interface); capturing on ")
    assert status.endswith(f"; jsonl {folder}/alerts.jsonl: No such file or directory")
    assert machine.unit_property("NRestarts") == "0"


def test_a_signal_for_the_service_that_all_its_processes_get_does_not_blind_it(
    sensor: Machine,
) -> None:
    before = sensor.pids()
    invocation = sensor.unit_property("InvocationID")

    for name in ("HUP", "USR1", "USR2"):
        sensor.run("systemctl", "kill", f"--signal={name}", UNIT)
    time.sleep(3)

    assert sensor.pids() == before
    entries = sensor.entries(f"_SYSTEMD_INVOCATION_ID={invocation}")
    assert "sensor-blind" not in {entry.get("NMAPWATCHD_ACTION") for entry in entries}


def test_a_start_without_credentials_and_a_stop_leave_no_trace(sensor: Machine) -> None:
    sensor.run("systemctl", "stop", UNIT)

    assert sensor.unit_property("StatusText") == ""
    entries = sensor.entries(f"UNIT={UNIT}", "+", f"_SYSTEMD_UNIT={UNIT}")
    messages = [str(entry["MESSAGE"]) for entry in entries]
    assert not [text for text in messages if "credential '" in text]


def test_a_collector_on_the_network_needs_the_drop_in_and_the_error_names_it(
    machine: Machine,
) -> None:
    collector = '[[sink]]\nkind = "syslog"\nto = "udp://192.0.2.10:514"\n'
    machine.write(CONFIG, f'interfaces = ["wire0"]\n{collector}')
    refused = machine.try_("systemctl", "start", UNIT)
    last = machine.entries("SYSLOG_IDENTIFIER=nmapwatchd")[-1]["MESSAGE"]
    checked = machine.try_("nmapwatchd", "check")
    machine.run("sh", "-c", REMEDY)
    try:
        machine.run("systemctl", "start", UNIT)
        state = machine.unit_property("ActiveState")
    finally:
        machine.run("rm", NETWORK)
        machine.run("systemctl", "daemon-reload")

    assert refused.returncode != 0
    assert last.endswith(f"; run: {REMEDY}")
    assert checked.returncode == 1
    error = next(line for line in checked.stderr.splitlines() if line.startswith("error: "))
    assert error.removeprefix("error: ") == last.removeprefix("nmapwatchd: ")
    assert state == "active"


def test_credentials_for_a_collector_come_from_the_service_manager(
    network: Network, machine: Machine, tmp_path: Path
) -> None:
    ip_in(network.tap.namespace, "link", "set", "lo", "up")
    given, authority = tls(tmp_path, "x509/certvalid")
    certificate, plain = authority.issue("sensor", "DNS:sensor1")
    (tmp_path / "phrase").write_text("correct horse\n")
    encrypt(plain, tmp_path / "encrypted", tmp_path / "phrase")
    for name, file in (("key", "encrypted"), ("passphrase", "phrase")):
        machine.write(f"/etc/credstore/nmapwatchd.{name}", (tmp_path / file).read_text())
    machine.run("chmod", "-R", "go=", "/etc/credstore")
    machine.write("/etc/nmapwatchd/siem.pem", authority.file.read_text())
    machine.write("/etc/nmapwatchd/sensor.pem", certificate.read_text())
    machine.write(DROP_IN, "[Service]\nRestrictAddressFamilies=AF_INET AF_INET6\n")
    machine.run("systemctl", "daemon-reload")
    with collector(
        tmp_path, "imtcp", given, within=tuple(inside(network.tap.namespace, []))
    ) as found:
        machine.write(CONFIG, f"""interfaces = ["{network.tap.interface}"]
            [[sink]]
            kind = "syslog"
            to = "tls://{LOOPBACK}:{found.port}"
            ca_file = "/etc/nmapwatchd/siem.pem"
            cert_file = "/etc/nmapwatchd/sensor.pem"
            key_file = "credential:nmapwatchd.key"
            passphrase_file = "credential:nmapwatchd.passphrase"
            """)  # fmt: skip

        machine.run("systemctl", "start", UNIT)

        assert found.understood(1)[0]["id"] == "sensor-started"
    reader = ["setpriv", "--reuid=nmapwatchd", "--clear-groups", "cat"]
    assert machine.try_(*reader, "/etc/credstore/nmapwatchd.key").returncode != 0
    machine.run("rm", "-r", "/etc/credstore")


def test_an_alert_is_a_journal_entry_that_the_catalogue_explains(
    network: Network, sensor: Machine, scanner: str
) -> None:
    scan(network, scanner)
    sensor.wait_reported("scan-opened", scanner)

    (entry,) = sensor.entries(f"NMAPWATCHD_SOURCE={scanner}")
    explained = sensor.run(
        "journalctl", "--no-pager", "--catalog", f"MESSAGE_ID={entry['MESSAGE_ID']}",
        f"NMAPWATCHD_SOURCE={scanner}",
    )  # fmt: skip

    assert entry["_SYSTEMD_UNIT"] == UNIT
    assert entry["NMAPWATCHD_RULE"] == "http.nse-user-agent"
    assert entry["NMAPWATCHD_TARGET"] == network.target.ipv4
    assert f"Subject: {scanner} has begun an nmap scan" in explained
    assert "nmap traffic from this host was detected" in explained


def test_a_reload_applies_a_new_configuration(
    network: Network, sensor: Machine, scanner: str
) -> None:
    main = sensor.unit_property("MainPID")
    expected = f'[[authorised]]\nname = "audit"\nfrom = "{scanner}"\n'
    sensor.write(CONFIG, f'interfaces = ["wire0"]\n{expected}{SINK}')

    sensor.run("systemctl", "reload", UNIT)
    wait_until(
        lambda: any(
            "configuration reloaded" in entry["MESSAGE"] for entry in sensor.entries(f"_PID={main}")
        ),
        "the reload",
    )
    scan(network, scanner)

    sensor.wait_reported("scan-expected", scanner)
    assert sensor.unit_property("MainPID") == main


def test_a_reload_during_the_outage_of_an_interface_applies_a_new_configuration(
    network: Network, sensor: Machine, scanner: str
) -> None:
    expected = f'[[authorised]]\nname = "audit"\nfrom = "{scanner}"\n'
    sensor.write(CONFIG, f'interfaces = ["wire0", "late0"]\n{expected}{SINK}')

    sensor.run("systemctl", "reload", UNIT)
    wait_until(lambda: "late0" in sensor.unit_property("StatusText"), "the reload")
    scan(network, scanner)

    sensor.wait_reported("scan-expected", scanner)


def test_a_reload_of_an_invalid_configuration_fails_and_changes_nothing(
    network: Network, sensor: Machine, scanner: str
) -> None:
    main = sensor.unit_property("MainPID")
    sensor.write(CONFIG, 'interfaces = ["nope0"]\ncolour = "red"\n')

    reloaded = sensor.try_("systemctl", "reload", UNIT)
    scan(network, scanner)

    assert reloaded.returncode != 0
    assert f"error: {CONFIG}: colour: unknown key" in [
        entry["MESSAGE"] for entry in sensor.entries(f"_SYSTEMD_UNIT={UNIT}")
    ]
    sensor.wait_reported("scan-opened", scanner)
    assert sensor.unit_property("MainPID") == main


def test_check_judges_as_the_service_s_user_and_writes_nothing(machine: Machine) -> None:
    path = "/var/log/nmapwatchd/never-written.jsonl"
    machine.write(CONFIG, f'interfaces = ["wire0"]\n[[sink]]\nkind = "jsonl"\npath = "{path}"\n')
    checked = machine.try_("nmapwatchd", "check")
    machine.run("chmod", "600", CONFIG)
    try:
        refused = machine.try_("nmapwatchd", "check")
        machine.try_("systemctl", "start", UNIT)
        last = machine.entries("SYSLOG_IDENTIFIER=nmapwatchd")[-1]["MESSAGE"]
    finally:
        machine.run("chmod", "644", CONFIG)

    assert checked.returncode == 0
    assert checked.stdout.splitlines()[-1].endswith("; checked as the user nmapwatchd")
    assert machine.try_("test", "-e", path).returncode != 0
    assert refused.returncode == 1
    assert refused.stderr == f"error: {CONFIG}: Permission denied\n"
    assert last == f"nmapwatchd: {CONFIG}: Permission denied"


def test_the_journal_s_rate_limit_is_raised_for_the_unit(sensor: Machine) -> None:
    """systemd tells journald of a unit's limit by a link, and of none if it is zero."""
    for name, value in {"interval": "1000000", "burst": "10000000"}.items():
        link = f"/run/systemd/units/log-rate-limit-{name}:{UNIT}"
        assert sensor.run("readlink", link).strip() == value

    assert "the journal drops" not in sensor.try_("nmapwatchd", "check").stderr


def test_a_service_that_is_killed_is_started_again(
    network: Network, sensor: Machine, scanner: str
) -> None:
    before = sensor.pids()

    sensor.run("kill", "-KILL", str(before["nmapwatchd"]))
    wait_until(lambda: sensor.unit_property("NRestarts") == "1", "the restart", BOOT_SECONDS)
    wait_until(lambda: sensor.unit_property("ActiveState") == "active", "the sensor", BOOT_SECONDS)
    scan(network, scanner)

    sensor.wait_reported("scan-opened", scanner)
    assert not set(before.values()) & set(sensor.pids().values())


def test_a_service_that_hangs_is_started_again(machine: Machine) -> None:
    machine.write(DROP_IN, "[Service]\nWatchdogSec=3\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", UNIT)
    main = machine.unit_property("MainPID")

    machine.run("kill", "-STOP", main)
    wait_until(lambda: machine.unit_property("NRestarts") == "1", "the restart", BOOT_SECONDS)
    wait_until(lambda: machine.unit_property("ActiveState") == "active", "the sensor", BOOT_SECONDS)

    assert machine.unit_property("MainPID") != main
    assert any("Watchdog timeout" in e["MESSAGE"] for e in machine.entries(f"UNIT={UNIT}"))


def test_a_stop_reports_the_totals_of_open_scans_including_frames_in_flight(
    network: Network, sensor: Machine, scanner: str
) -> None:
    scan(network, scanner)
    sensor.wait_reported("scan-opened", scanner)
    tshark = str(sensor.pids()["tshark"])
    sensor.run("kill", "-STOP", tshark)
    scan(network, scanner)

    sensor.run("systemctl", "stop", "--no-block", UNIT)
    time.sleep(STOPPED_SECONDS)
    sensor.run("kill", "-CONT", tshark)
    wait_until(lambda: sensor.unit_property("ActiveState") == "inactive", "the end", BOOT_SECONDS)

    assert sensor.actions(scanner) == ["scan-opened", "scan-closed"]
    assert sensor.unit_property("Result") == "success"
    assert sensor.pids() == {}


def test_the_manual_page_is_installed(machine: Machine) -> None:
    assert machine.run("man", "--path", "8", "nmapwatchd").strip().endswith("nmapwatchd.8")
