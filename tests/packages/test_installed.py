"""The package installs, runs, is upgraded during a scan and leaves nothing, on each release."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.lab.network import Network, inside, wait_until
from tests.live.machine import CONFIG, SINK, UNIT, Machine

pytestmark = pytest.mark.packages

# Seconds that an upgrade may take the service to capture again.
RESTART_SECONDS = 5


def nmap(network: Network, *options: str) -> list[str]:
    command = ["nmap", "-n", "-Pn", *options, network.target.ipv4]
    return inside(network.scanner.namespace, command)


def test_a_sensor_has_no_compiler_and_needs_no_network(machine: Machine) -> None:
    for program in ("gcc", "pip", "pip3"):
        assert machine.try_("sh", "-c", f"command -v {program}").returncode != 0
    assert machine.run("nmapwatchd", "--version").startswith("nmapwatchd ")


def test_the_installation_starts_nothing(machine: Machine) -> None:
    assert machine.try_("systemctl", "is-enabled", UNIT).stdout.strip() == "disabled"


def test_a_real_scan_is_reported(network: Network, machine: Machine) -> None:
    machine.write(CONFIG, f'interfaces = ["{network.tap.interface}"]\n{SINK}')
    machine.run("systemctl", "enable", "--now", UNIT)

    subprocess.run(nmap(network, "-sV", "-p", "80"), check=True, stdout=subprocess.DEVNULL)

    machine.wait_reported("scan-opened", network.scanner.ipv4)
    assert "capturing on" in machine.run("systemctl", "status", UNIT)


def test_an_upgrade_during_a_scan_continues_it_and_repeats_no_message(
    network: Network, machine: Machine, packages: dict[str, Path]
) -> None:
    own = machine.run("dpkg-query", "-W", "-f", "${Version}_${Architecture}", "nmapwatchd")
    machine.run("sh", "-c", f"""
        cd /root && dpkg-deb --raw-extract /wheels/nmapwatchd_{own}.deb new
        sed -i 's/^Version: /&1:/' new/DEBIAN/control
        echo '# changed by the release' >> new/etc/nmapwatchd/nmapwatchd.toml
        dpkg-deb --build new new.deb""")  # fmt: skip
    main = machine.unit_property("MainPID")
    scan = subprocess.Popen(
        nmap(network, "-sS", "-p", "1-60", "--scan-delay", "200ms"), stdout=subprocess.DEVNULL
    )
    machine.wait_reported("scan-opened", network.scanner.ipv4)
    time.sleep(2)

    machine.run("dpkg", "--force-confdef", "--force-confold", "--install", "/root/new.deb")
    scan.wait()
    wait_until(lambda: machine.actions(network.scanner.ipv4)[-1] == "scan-closed", "the end", 60)

    assert machine.unit_property("MainPID") != main
    assert machine.run("cat", CONFIG) == f'interfaces = ["{network.tap.interface}"]\n{SINK}'
    entries = machine.entries(
        "SYSLOG_IDENTIFIER=nmapwatchd", f"NMAPWATCHD_SOURCE={network.scanner.ipv4}"
    )
    ids = [entry["NMAPWATCHD_EVENT_ID"] for entry in entries]
    last_scan = [e for e in entries if e["NMAPWATCHD_SCAN_ID"] == entries[-1]["NMAPWATCHD_SCAN_ID"]]
    assert len(ids) == len(set(ids))
    assert last_scan[0]["NMAPWATCHD_ACTION"] == "scan-opened"
    assert last_scan[-1]["NMAPWATCHD_ACTION"] == "scan-closed"
    # What nmap sends while the new version starts is not captured: five ports a second.
    assert int(last_scan[-1]["NMAPWATCHD_PORTS"]) >= 60 - 5 * RESTART_SECONDS


def test_a_removal_keeps_data_and_a_purge_leaves_no_file(machine: Machine) -> None:
    machine.run("dpkg", "--remove", "nmapwatchd")
    kept = machine.run("sh", "-c", "ls -d /etc/nmapwatchd /var/lib/nmapwatchd /var/log/nmapwatchd")
    machine.run("dpkg", "--purge", "nmapwatchd")
    machine.run("rm", "-rf", "/root/new")

    found = machine.run("find", "/", "-xdev", "-iname", "*nmapwatchd*")

    assert len(kept.split()) == 3
    assert found == ""
