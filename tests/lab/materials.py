"""Creates the keys, certificates and accounts of the servers and clients."""

from __future__ import annotations

import subprocess
from pathlib import Path

USER = "alice"
PASSWORD = "lab-secret"  # noqa: S105 - of accounts that exist during one test
NAME = "target.example.test"

KERBEROS = """\
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
[realms]
 EXAMPLE.TEST = {{
  kdc = 10.77.0.8:88
 }}
"""


def run(*command: str) -> str:
    """Run a command and return its output; raise if it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def generate(folder: Path) -> None:
    """Create a certificate, SSH keys and the shared files in a directory."""
    key, certificate = str(folder / "tls.key"), str(folder / "tls.pem")
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:10.77.0.8")
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-keyout",
        key,
        "-out",
        certificate,
        *subject,
    )
    for kind in ("rsa", "ecdsa", "ed25519"):
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / f"host_{kind}"))
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "user_key"))
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<html><title>lab</title>an ordinary page</html>\n")
    (folder / "words").write_text("admin\nbackup\nletter.txt\n")
    (folder / "site" / "letter.txt").write_text("an ordinary letter\n")


def private_files(folder: Path, private: Path, host_entry: str) -> None:
    """
    Create a namespace's own account, host name and Kerberos files.

    Args:
        folder: the shared directory.
        private: the namespace's directory below /etc/netns.
        host_entry: the host's line in /etc/hosts.
    """
    private.mkdir(parents=True)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    home.chmod(0o777)
    secret = run("openssl", "passwd", "-6", PASSWORD).strip()
    passwd, shadow = Path("/etc/passwd").read_text(), Path("/etc/shadow").read_text()
    (private / "passwd").write_text(f"{passwd}{USER}:x:4777:4777::{home}:/bin/sh\n")
    (private / "shadow").write_text(f"{shadow}{USER}:{secret}:19000:0:99999:7:::\n")
    (private / "shadow").chmod(0o600)
    (private / "group").write_text(f"{Path('/etc/group').read_text()}{USER}:x:4777:\n")
    (private / "hosts").write_text(f"127.0.0.1 localhost\n{host_entry}\n")
    (private / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (private / "krb5.conf").write_text(KERBEROS.format())
