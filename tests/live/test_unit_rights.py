"""What the unit may do, and who may ask it."""

import re

import pytest

from tests.live.machine import UNIT, Machine

pytestmark = pytest.mark.live

# systemd-analyze's number for the unit must be below this.
EXPOSURE = 1.5


def test_the_service_and_its_children_are_the_services_user(sensor: Machine) -> None:
    user = sensor.run("id", "-u", "nmapwatchd").strip()
    processes = sensor.pids()

    assert set(processes) == {"nmapwatchd", "python3", "tshark"}
    assert processes["nmapwatchd"] == int(sensor.about("MainPID"))
    assert {sensor.status(pid)["Uid"].split()[0] for pid in processes.values()} == {user}


def test_nobody_can_capture_more_once_the_interface_is_open(sensor: Machine) -> None:
    raw = f"{1 << 13:016x}"  # CAP_NET_RAW
    none = f"{0:016x}"
    statuses = {name: sensor.status(pid) for name, pid in sensor.pids().items()}

    assert {name: status["CapEff"] for name, status in statuses.items()} == dict.fromkeys(
        ("nmapwatchd", "python3", "tshark"), none
    )
    # The service has it at hand, for the next process that captures.
    assert {name: status["CapPrm"] for name, status in statuses.items()} == {
        "nmapwatchd": raw, "python3": none, "tshark": none,
    }  # fmt: skip
    assert {name: status["CapInh"] for name, status in statuses.items()} == {
        "nmapwatchd": raw, "python3": none, "tshark": none,
    }  # fmt: skip
    assert {status["NoNewPrivs"] for status in statuses.values()} == {"1"}
    assert {status["Seccomp"] for status in statuses.values()} == {"2"}


def test_the_units_exposure_is_small(sensor: Machine) -> None:
    said = sensor.run("systemd-analyze", "security", "--no-pager", UNIT)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found is not None
    print(f"systemd-analyze security: {found[1]}")

    assert float(found[1]) < EXPOSURE


def test_alerts_are_kept_on_disk_by_the_service_alone(sensor: Machine) -> None:
    files = ["/var/lib/nmapwatchd", "/var/lib/nmapwatchd/spool.sqlite"]
    said = sensor.run("stat", "--dereference", "--format=%a %U", *files).split("\n")

    assert said[:2] == ["700 nmapwatchd", "600 nmapwatchd"]
    assert "not stored on disk" not in sensor.run("systemctl", "status", UNIT)


def test_the_unit_proves_itself_to_root_alone(sensor: Machine) -> None:
    proved = sensor.run("nmapwatchd", "selftest")
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    refused = sensor.try_(*nobody, "nmapwatchd", "selftest")

    assert [line.partition(": after ")[0] for line in proved.splitlines()] == ["wire0", "journald"]
    (entry,) = sensor.entries(
        "NMAPWATCHD_ACTION=sensor-selftest", f"_PID={sensor.about('MainPID')}"
    )
    assert entry["NMAPWATCHD_INTERFACE"] == "wire0"
    assert refused.returncode == 1
    assert refused.stderr == "nmapwatchd: only root may ask for a self-test\n"
    metrics = sensor.run(*nobody, "cat", "/run/nmapwatchd/metrics.prom")
    assert 'nmapwatchd_interface_seeing{interface="wire0"} 1' in metrics
