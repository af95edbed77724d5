"""Scans with an nmap whose distinctive strings and SYN window were edited."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.kinds import EditedScan, Scan
from tests.lab.scans_brute import BRUTE
from tests.lab.scans_families import FAMILIES
from tests.lab.scans_probes import PROBES
from tests.lab.scans_services import SERVICES

# Scans without application data: their detection depends only on packets.
EXCLUDED = {"syn-scan", "connect-scan", "host-discovery"}
# Suffixes of scans that send the same on other ports and networks.
VARIANT_SUFFIXES = ("-ipv6", "-vlan", "-qinq", "-brute-unusual-port")
# Scans that are repeated without raw packets, as without root.
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
    """Yield the lab's scans with the edited nmap: on usual ports as root, and some without root."""
    for scan in (*FAMILIES, *BRUTE, *PROBES, *SERVICES):
        if scan.name in EXCLUDED or scan.name.endswith(VARIANT_SUFFIXES):
            continue
        yield with_edited_nmap(scan, "", ())
        if scan.name in UNPRIVILEGED:
            yield with_edited_nmap(scan, "-unprivileged", ("--unprivileged",))


def with_edited_nmap(scan: Scan, suffix: str, options: tuple[str, ...]) -> EditedScan:
    """Return a scan with the edited nmap and further options."""
    name = f"edited-{scan.name}{suffix}"
    return EditedScan(name, scan.family, scan.servers, (*options, *scan.argv))


EDITED = tuple(edited_scans())
