"""The servers of the generated traffic: Debian's nginx, Samba, OpenSSH and BIND."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.network import CLIENTS, SERVER, inside

PORTS = (22, 53, 80, 443, 445)
# Timeout until all servers listen, seconds.
_READY_SECONDS = 20.0

_NGINX = """\
daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log stderr;
worker_rlimit_nofile 65536;
events {{ worker_connections 4096; }}
http {{
 access_log off; keepalive_requests 100000;
 client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
 uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
 server {{
  listen 80 backlog=4096; listen 443 ssl backlog=4096;
  ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.key;
  location / {{ default_type text/html; return 200 "<html><title>lan</title>a small page</html>"; }}
  location /share/ {{ alias {folder}/share/; }}
 }}
}}
"""
_SMB = """\
[global]
interfaces = {server}
bind interfaces only = yes
map to guest = Bad User
guest account = nobody
load printers = no
disable spoolss = yes
log file = {folder}/smb.log
private dir = {folder}
lock directory = {folder}
state directory = {folder}
cache directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
[share]
path = {folder}/share
guest ok = yes
"""
_SSHD = """\
ListenAddress {server}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
PermitRootLogin prohibit-password
PidFile none
UsePAM no
UseDNS no
"""
_NAMED = """\
options {{ directory "{folder}"; pid-file none; session-keyfile none; listen-on {{ {server}; }};
 listen-on-v6 {{ none; }}; managed-keys-directory "{folder}"; recursion no;
 dnssec-validation no; }};
controls {{ }};
zone "example.test" {{ type primary; file "{folder}/zone"; }};
"""
_ZONE = "$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A {server}\n* A {client}\n"


@contextmanager
def running(namespace: str, folder: Path) -> Iterator[None]:
    """
    Run the servers in a network namespace.

    Args:
        namespace: the namespace's name.
        folder: an empty directory for their files.
    """
    _prepare(folder)
    processes = [_start(namespace, folder, command) for command in _commands(folder)]
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while missing := set(PORTS) - _listening(namespace):
            if time.monotonic() > deadline:
                log = (folder / "servers.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"no server on port {sorted(missing)}: {log}")
            time.sleep(0.1)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def shared_file(folder: Path, size: int) -> str:
    """Return the name of a shared file of `size` bytes; create it if it does not exist."""
    name = f"bulk-{size}"
    if not (folder / "share" / name).exists():
        (folder / "share" / name).write_bytes(os.urandom(size))
    return name


def _prepare(folder: Path) -> None:
    folder.chmod(0o755)
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("share", "ncalrpc"):
        (folder / name).mkdir()
    _openssl_key(folder)
    for name in ("host_key", "user_key"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    files = {
        "nginx.conf": _NGINX, "smb.conf": _SMB, "sshd.conf": _SSHD, "named.conf": _NAMED,
        "zone": _ZONE,
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text.format(folder=folder, server=SERVER, client=CLIENTS[0]))


def _openssl_key(folder: Path) -> None:
    _run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "30", "-subj", "/CN=lan.example.test",
        "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.pem"),
    )  # fmt: skip


def _commands(folder: Path) -> list[Sequence[str]]:
    return [
        ("nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")),
        ("smbd", "--foreground", "--no-process-group", f"--configfile={folder}/smb.conf"),
        ("/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd.conf")),
        ("named", "-g", "-n", "1", "-c", str(folder / "named.conf")),
    ]


def _start(namespace: str, folder: Path, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with (folder / "servers.log").open("ab") as log:
        # In its own session, because smbd kills its process group when it ends.
        return subprocess.Popen(
            inside(namespace, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def _listening(namespace: str) -> set[int]:
    sockets = subprocess.run(
        inside(namespace, "ss", "-Hlntu"), capture_output=True, text=True, check=True
    ).stdout
    return {int(line.split()[4].rpartition(":")[2]) for line in sockets.splitlines()}


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
