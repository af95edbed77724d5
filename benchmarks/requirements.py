"""Lists the programs that the benchmarks need and this machine lacks."""

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
# Programs that only some comparisons need.
_COMPARISON_PACKAGES = {
    "live": {"tcpreplay": "tcpreplay"},
    "latency": {"journalctl": "systemd", JOURNALD: "systemd", "nsenter": "util-linux"},
}
# Comparisons with Suricata.
_WITH_SURICATA = {"replay", "live", "candidates"}

_SURICATA = """\
Suricata 7, as packaged in Debian 13. On a system without it, create a directory with it:
  debootstrap --include=suricata trixie DIRECTORY
and pass --peer-root DIRECTORY."""


def missing(comparisons: Iterable[str], *, is_suricata_absent: bool) -> list[str]:
    """Return what is missing for some comparisons, one message each."""
    required = dict(_PACKAGES)
    names = set(comparisons)
    for name in names:
        required |= _COMPARISON_PACKAGES.get(name, {})
    absent = {name: package for name, package in required.items() if not _is_installed(name)}
    messages = []
    if os.geteuid() != 0:
        messages.append("root: required for network namespaces and captures.")
    if absent:
        messages.append(
            f"{', '.join(absent)}: apt-get install {' '.join(sorted(set(absent.values())))}"
        )
    if is_suricata_absent and _WITH_SURICATA & names:
        messages.append(_SURICATA)
    return messages


def has_suricata(peer_root: Path | None) -> bool:
    """Return whether Suricata is installed, on this system or in the peers' root."""
    if peer_root is None:
        return _is_installed("suricata")
    return (peer_root / "usr/bin/suricata").exists()


def _is_installed(name: str) -> bool:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None
