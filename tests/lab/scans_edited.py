"""Scans by an nmap whose loud strings and SYN window were edited away."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.kinds import EditedScan, Scan
from tests.lab.scans_brute import BRUTE
from tests.lab.scans_families import FAMILIES
from tests.lab.scans_probes import PROBES
from tests.lab.scans_services import SERVICES

# What sends application bytes; the rest is told, or not, by its packets alone.
LEFT_OUT = {"syn-scan", "connect-scan", "host-discovery"}
# On other ports and networks they say the same.
SAME_AGAIN = ("-ipv6", "-vlan", "-qinq", "-brute-unusual-port")
# The same without raw packets, as somebody without root scans.
UNPRIVILEGED = (
    "ssh-default-scripts",
    "ssh-auth-methods",
    "ssh-brute",
    "http-version",
    "http-default-scripts",
    "http-404-checks",
    "https-default-scripts",
    "smb1-default-scripts",
    "smb2-default-scripts",
    "smb-version",
    "smtp-default-scripts",
    "ftp-default-scripts",
    "ftp-brute",
    "rdp-version",
    "sip-tcp-version",
    "probes-tcp-default",
    "ldap-version",
    "mysql-brute",
    "pgsql-brute",
    "redis-version",
    "mqtt-version",
    "imap-pop3-default-scripts",
    "memcached-info",
    "irc-brute",
)


def edited_scans() -> Iterator[EditedScan]:
    """The scans of the lab by the edited nmap: as root on one port kind each, and without root."""
    for scan in (*FAMILIES, *BRUTE, *PROBES, *SERVICES):
        if scan.name in LEFT_OUT or scan.name.endswith(SAME_AGAIN):
            continue
        yield again(scan, "", ())
        if scan.name in UNPRIVILEGED:
            yield again(scan, "-unprivileged", ("--unprivileged",))


def again(scan: Scan, suffix: str, more: tuple[str, ...]) -> EditedScan:
    """A scan, by the edited nmap."""
    name = f"edited-{scan.name}{suffix}"
    return EditedScan(name, scan.family, scan.servers, (*more, *scan.argv))


EDITED = tuple(edited_scans())
