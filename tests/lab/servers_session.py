"""Servers of remote sessions, telephony, version control and proxies, from Debian packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import PASSWORD, USER
from tests.lab.server import Server, ServerContext


def xrdp(context: ServerContext) -> Sequence[str]:
    """Prepare xrdp without a session manager."""
    Path("/run/xrdp").mkdir(exist_ok=True)
    installed = Path("/etc/xrdp/xrdp.ini").read_text().splitlines()
    changed = {
        "port": "3389 3390",
        "certificate": f"{context.shared}/tls.pem",
        "key_file": f"{context.shared}/tls.key",
        "LogFile": f"{context.folder}/log",
        "EnableSyslog": "false",
    }
    processed: set[str] = set()
    lines = []
    for line in installed:
        key = line.split("=")[0]
        new = key in changed and key not in processed
        lines.append(f"{key}={changed[key]}" if new else line)
        processed.add(key)
    return ["/usr/sbin/xrdp", "--nodaemon", "--config", context.write("xrdp.ini", "\n".join(lines))]


def kamailio(context: ServerContext) -> Sequence[str]:
    """Prepare Kamailio, which responds to every request with 200."""
    listens = "".join(
        f"listen={kind}:{address}:{port}\n"
        for kind in ("udp", "tcp")
        for address in (context.network.target.ipv4, f"[{context.network.target.ipv6}]")
        for port in (5060, 5070)
    )
    config = context.write(
        "kamailio.cfg",
        f"""\
#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
{listens}loadmodule "sl.so"
loadmodule "pv.so"
request_route {{ sl_send_reply("200", "OK"); }}
""",
    )
    runtime = context.make("run")
    return [
        "kamailio",
        "-DD",
        "-E",
        "-m",
        "32",
        "-M",
        "4",
        "-f",
        config,
        "-P",
        f"{context.folder}/pid",
        "-Y",
        runtime,
    ]


def svnserve(context: ServerContext) -> Sequence[str]:
    """Prepare svnserve with one repository that requires a user name and a password."""
    repository = str(context.folder / "lab")
    context.run("svnadmin", "create", repository)
    users = context.write("users", f"[users]\n{USER} = {PASSWORD}\n")
    Path(repository, "conf", "svnserve.conf").write_text(
        f"[general]\nanon-access = none\nauth-access = write\npassword-db = {users}\nrealm = lab\n"
    )
    serve = f"svnserve --daemon --foreground --root {context.folder} --listen-port"
    return ["sh", "-c", f"{serve} 3691 & exec {serve} 3690"]


def dante(context: ServerContext) -> Sequence[str]:
    """Prepare danted, which requires a user name and a password."""
    config = context.write(
        "danted.conf",
        f"""\
logoutput: stderr
internal: {context.network.target.ipv4} port = 1080
internal: {context.network.target.ipv4} port = 1088
external: {context.network.target.ipv4}
clientmethod: none
socksmethod: username
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0/0 to: 0/0 }}
socks pass {{ from: 0/0 to: 0/0 }}
""",
    )
    return ["danted", "-f", config, "-p", f"{context.folder}/pid"]


def forward(context: ServerContext) -> Sequence[str]:
    """Prepare socat, which forwards two unusual ports to both Sambas."""
    address = context.network.target.ipv4
    pairs = ((4455, address), (4459, context.network.legacy))
    runs = [f"socat TCP-LISTEN:{port},fork,reuseaddr TCP:{host}:445" for port, host in pairs]
    return ["sh", "-c", f"{runs[0]} & exec {runs[1]}"]


SESSION = (
    Server("forward", "socat", forward, tcp=(4455, 4459)),
    Server("xrdp", "xrdp", xrdp, tcp=(3389, 3390)),
    Server("kamailio", "kamailio", kamailio, tcp=(5060, 5070), udp=(5060, 5070)),
    Server("svnserve", "subversion", svnserve, tcp=(3690, 3691)),
    Server("dante", "dante-server", dante, tcp=(1080, 1088)),
)
