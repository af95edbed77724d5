"""The unit of an interface is the unit of the service, but for what makes it one interface's."""

from pathlib import Path

UNITS = Path(__file__).parents[1] / "packaging" / "systemd"

DEVICE = "sys-subsystem-net-devices-%i.device"
# What an instance has instead of, or beside, what the unit of the service has.
OWN = {
    "BindsTo": DEVICE,
    "After": DEVICE,
    "Description": "nmap scan detector on %I",
    "ExecStart": ":/usr/bin/nmapwatchd run --interface=%I",
    "ExecReload": ":/usr/bin/nmapwatchd check --interface=%I",
    "LogsDirectory": "nmapwatchd@%i",
    "RuntimeDirectory": "nmapwatchd@%i",
    "StateDirectory": "nmapwatchd@%i",
    "WantedBy": DEVICE,
}
SHARED = {
    "Description": "nmap scan detector",
    "ExecStart": "/usr/bin/nmapwatchd run",
    "ExecReload": "/usr/bin/nmapwatchd check",
    "LogsDirectory": "nmapwatchd",
    "RuntimeDirectory": "nmapwatchd",
    "StateDirectory": "nmapwatchd",
    "WantedBy": "multi-user.target",
}


def lines(name: str) -> list[str]:
    """Return the lines of a unit without its comments."""
    text = (UNITS / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def settings(table: dict[str, str]) -> set[str]:
    """Return the lines of settings."""
    return {f"{name}={value}" for name, value in table.items()}


def test_an_instance_differs_from_the_service_in_what_is_its_own_alone() -> None:
    service, instance = lines("nmapwatchd.service"), lines("nmapwatchd@.service")

    assert set(instance) - set(service) == settings(OWN)
    assert set(service) - set(instance) == settings(SHARED)
    both = settings(OWN) | settings(SHARED)
    assert [line for line in service if line not in both] == [
        line for line in instance if line not in both
    ]


def test_a_missing_credential_has_a_blank_default() -> None:
    """Without one, systemd logs at each start that there is none."""
    unit = lines("nmapwatchd.service")
    names = [line.partition("=")[2] for line in unit if line.startswith("LoadCredential=")]

    assert names == ["nmapwatchd.key", "nmapwatchd.passphrase"]
    assert {f"SetCredential={name}:\\n" for name in names} <= set(unit)
