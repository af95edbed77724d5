"""Names what is missing on this machine before anything is generated or measured."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from benchmarks.journal import JOURNALD

# Debian's package of each program.
_PACKAGES = {
    "ip": "iproute2", "ss": "iproute2", "ethtool": "ethtool", "sysctl": "procps",
    "tcpdump": "tcpdump", "tshark": "tshark", "setpriv": "util-linux", "unshare": "util-linux",
    "nmap": "nmap", "curl": "curl", "openssl": "openssl", "ssh": "openssh-client",
    "ssh-keygen": "openssh-client", "sshd": "openssh-server", "nginx": "nginx-light",
    "smbd": "samba", "smbclient": "smbclient", "named": "bind9", "dig": "bind9-dnsutils",
}  # fmt: skip
# What only some pairings need.
_MORE = {
    "live": {"tcpreplay": "tcpreplay"},
    "latency": {"journalctl": "systemd", JOURNALD: "systemd", "nsenter": "util-linux"},
}
# Those in which Suricata is a contender.
_WITH_SURICATA = {"replay", "live", "candidates"}

_SURICATA = """\
Suricata 7, as Debian 13 packages it. Where this system has another, make a folder that has it:
  debootstrap --include=suricata trixie FOLDER
and say --peer-root FOLDER."""


def missing(pairings: Iterable[str], *, is_suricata_missed: bool) -> list[str]:
    """Return what is missing, one sentence each."""
    wanted = dict(_PACKAGES)
    asked = set(pairings)
    for pairing in asked:
        wanted |= _MORE.get(pairing, {})
    absent = {name: package for name, package in wanted.items() if not _found(name)}
    said = []
    if os.geteuid() != 0:
        said.append("root: network namespaces and captures need it.")
    if absent:
        said.append(
            f"{', '.join(absent)}: apt-get install {' '.join(sorted(set(absent.values())))}"
        )
    if is_suricata_missed and _WITH_SURICATA & asked:
        said.append(_SURICATA)
    return said


def has_suricata(peer_root: Path | None) -> bool:
    """Tell whether there is a Suricata, here or in the peers' root."""
    if peer_root is None:
        return _found("suricata")
    return (peer_root / "usr/bin/suricata").exists()


def _found(name: str) -> bool:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None
