"""The capabilities and confinement of the unit, and who may use its sockets and files."""

import re

import pytest

from tests.live.machine import UNIT, Machine

pytestmark = pytest.mark.live

# Upper bound of systemd-analyze's exposure level for the unit.
EXPOSURE = 1.5


def test_all_processes_run_as_the_services_user(sensor: Machine) -> None:
    user = sensor.run("id", "-u", "nmapwatchd").strip()
    processes = sensor.pids()

    assert set(processes) == {"nmapwatchd", "python3", "tshark"}
    assert processes["nmapwatchd"] == int(sensor.unit_property("MainPID"))
    assert {sensor.status(pid)["Uid"].split()[0] for pid in processes.values()} == {user}


def test_no_process_has_an_effective_capability_once_the_interface_is_open(sensor: Machine) -> None:
    raw = f"{1 << 13:016x}"  # CAP_NET_RAW
    none = f"{0:016x}"
    statuses = {name: sensor.status(pid) for name, pid in sensor.pids().items()}

    assert {name: status["CapEff"] for name, status in statuses.items()} == dict.fromkeys(
        ("nmapwatchd", "python3", "tshark"), none
    )
    # The service keeps it permitted, for the next capture process.
    assert {name: status["CapPrm"] for name, status in statuses.items()} == {
        "nmapwatchd": raw, "python3": none, "tshark": none,
    }  # fmt: skip
    assert {name: status["CapInh"] for name, status in statuses.items()} == {
        "nmapwatchd": raw, "python3": none, "tshark": none,
    }  # fmt: skip
    assert {status["NoNewPrivs"] for status in statuses.values()} == {"1"}
    assert {status["Seccomp"] for status in statuses.values()} == {"2"}


def test_the_exposure_of_the_unit_is_low(sensor: Machine) -> None:
    output = sensor.run("systemd-analyze", "security", "--no-pager", UNIT)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", output)
    assert found is not None
    print(f"systemd-analyze security: {found[1]}")

    assert float(found[1]) < EXPOSURE


def test_only_the_service_can_read_the_spool(sensor: Machine) -> None:
    files = ["/var/lib/nmapwatchd", "/var/lib/nmapwatchd/spool.sqlite"]
    modes = sensor.run("stat", "--dereference", "--format=%a %U", *files).split("\n")

    assert modes[:2] == ["700 nmapwatchd", "600 nmapwatchd"]
    assert "not stored on disk" not in sensor.run("systemctl", "status", UNIT)


def test_only_root_can_run_a_self_test_but_every_user_reads_the_metrics(sensor: Machine) -> None:
    output = sensor.run("nmapwatchd", "selftest")
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    refused = sensor.try_(*nobody, "nmapwatchd", "selftest")

    assert [line.partition(": OK after ")[0] for line in output.splitlines()] == [
        "wire0",
        "journald",
    ]
    (entry,) = sensor.entries(
        "NMAPWATCHD_ACTION=sensor-selftest", f"_PID={sensor.unit_property('MainPID')}"
    )
    assert entry["NMAPWATCHD_INTERFACE"] == "wire0"
    assert refused.returncode == 1
    assert refused.stderr == "nmapwatchd: only root may run a self-test\n"
    metrics = sensor.run(*nobody, "cat", "/run/nmapwatchd/metrics.prom")
    assert 'nmapwatchd_interface_capturing{interface="wire0"} 1' in metrics
