"""The founding servers of remote sessions, telephony, versions and proxies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import PASSWORD, USER
from tests.lab.server import Place, Server


def xrdp(place: Place) -> Sequence[str]:
    """xrdp without a session manager behind it."""
    Path("/run/xrdp").mkdir(exist_ok=True)
    installed = Path("/etc/xrdp/xrdp.ini").read_text().splitlines()
    changed = {
        "port": "3389 3390",
        "certificate": f"{place.shared}/tls.pem",
        "key_file": f"{place.shared}/tls.key",
        "LogFile": f"{place.folder}/log",
        "EnableSyslog": "false",
    }
    seen: set[str] = set()
    lines = []
    for line in installed:
        key = line.split("=")[0]
        new = key in changed and key not in seen
        lines.append(f"{key}={changed[key]}" if new else line)
        seen.add(key)
    return ["/usr/sbin/xrdp", "--nodaemon", "--config", place.write("xrdp.ini", "\n".join(lines))]


def kamailio(place: Place) -> Sequence[str]:
    """Kamailio that answers every request with 200."""
    listens = "".join(
        f"listen={kind}:{address}:{port}\n"
        for kind in ("udp", "tcp")
        for address in (place.network.target.ipv4, f"[{place.network.target.ipv6}]")
        for port in (5060, 5070)
    )
    config = place.write(
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
    runtime = place.make("run")
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
        f"{place.folder}/pid",
        "-Y",
        runtime,
    ]


def svnserve(place: Place) -> Sequence[str]:
    """svnserve with one repository that wants a name and a password."""
    repository = str(place.folder / "lab")
    place.run("svnadmin", "create", repository)
    users = place.write("users", f"[users]\n{USER} = {PASSWORD}\n")
    Path(repository, "conf", "svnserve.conf").write_text(
        f"[general]\nanon-access = none\nauth-access = write\npassword-db = {users}\nrealm = lab\n"
    )
    serve = f"svnserve --daemon --foreground --root {place.folder} --listen-port"
    return ["sh", "-c", f"{serve} 3691 & exec {serve} 3690"]


def dante(place: Place) -> Sequence[str]:
    """danted that wants a name and a password."""
    config = place.write(
        "danted.conf",
        f"""\
logoutput: stderr
internal: {place.network.target.ipv4} port = 1080
internal: {place.network.target.ipv4} port = 1088
external: {place.network.target.ipv4}
clientmethod: none
socksmethod: username
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0/0 to: 0/0 }}
socks pass {{ from: 0/0 to: 0/0 }}
""",
    )
    return ["danted", "-f", config, "-p", f"{place.folder}/pid"]


def forward(place: Place) -> Sequence[str]:
    """socat that offers both Sambas on a port that is not theirs."""
    address = place.network.target.ipv4
    pairs = ((4455, address), (4459, place.network.legacy))
    runs = [f"socat TCP-LISTEN:{port},fork,reuseaddr TCP:{behind}:445" for port, behind in pairs]
    return ["sh", "-c", f"{runs[0]} & exec {runs[1]}"]


SESSION = (
    Server("forward", "socat", forward, tcp=(4455, 4459)),
    Server("xrdp", "xrdp", xrdp, tcp=(3389, 3390)),
    Server("kamailio", "kamailio", kamailio, tcp=(5060, 5070), udp=(5060, 5070)),
    Server("svnserve", "subversion", svnserve, tcp=(3690, 3691)),
    Server("dante", "dante-server", dante, tcp=(1080, 1088)),
)
