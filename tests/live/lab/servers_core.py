"""The servers of the founding protocols, from Debian's packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.live.lab.materials import NAME, PASSWORD, USER
from tests.live.lab.server import Place, Server


def openssh(place: Place) -> Sequence[str]:
    """sshd with three host keys and one user's key."""
    Path("/run/sshd").mkdir(exist_ok=True)
    keys = "".join(f"HostKey {place.shared}/host_{kind}\n" for kind in ("rsa", "ecdsa", "ed25519"))
    config = place.write("sshd_config", f"""\
Port 22
Port 2222
{keys}AuthorizedKeysFile {place.shared}/user_key.pub
StrictModes no
PermitRootLogin yes
PidFile none
UsePAM no
UseDNS no
MaxStartups 200
Subsystem sftp internal-sftp
""")
    return ["/usr/sbin/sshd", "-D", "-e", "-f", config]


def nginx(place: Place) -> Sequence[str]:
    """nginx with a page, in clear and over TLS."""
    temporary = "".join(
        f"{kind}_temp_path {place.folder};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = place.write("nginx.conf", f"""\
daemon off;
master_process off;
user root;
pid {place.folder}/pid;
error_log stderr;
events {{ }}
http {{
access_log off;
{temporary}server {{
 listen 80; listen [::]:80; listen 8099; listen [::]:8099;
 listen 443 ssl; listen [::]:443 ssl; listen 8444 ssl;
 ssl_certificate {place.shared}/tls.pem; ssl_certificate_key {place.shared}/tls.key;
 root {place.shared}/site;
 location /private {{ auth_basic lab; auth_basic_user_file {place.shared}/none; }}
}} }}
""")
    return ["nginx", "-e", "stderr", "-p", str(place.folder), "-c", config]


def smbd(place: Place, address: str, dialect: str) -> Sequence[str]:
    """smbd on one address of the target with a share for guests."""
    folders = "".join(
        f"{name} = {place.make(name.replace(' ', '-'))}\n"
        for name in ("private dir", "lock directory", "state directory", "cache directory",
                     "pid directory", "ncalrpc dir")
    )
    config = place.write("smb.conf", f"""\
[global]
interfaces = {address} lo
bind interfaces only = yes
server min protocol = {dialect}
ntlm auth = yes
map to guest = Bad User
guest account = nobody
load printers = no
disable spoolss = yes
log level = 0
log file = {place.folder}/log
{folders}[site]
path = {place.shared}/site
guest ok = yes
read only = yes
""")
    return ["smbd", "--foreground", "--no-process-group", f"--configfile={config}"]


def samba(place: Place) -> Sequence[str]:
    """Samba as Debian sets it up: SMB2 and later."""
    return smbd(place, place.network.target.ipv4, "SMB2_02")


def samba_legacy(place: Place) -> Sequence[str]:
    """Samba that still speaks SMB1, on the target's second address."""
    return smbd(place, place.network.legacy, "NT1")


def bind(place: Place) -> Sequence[str]:
    """named with one zone and no recursion."""
    zone = place.write("zone", f"""\
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A {place.network.target.ipv4}
target A {place.network.target.ipv4}
target AAAA {place.network.target.ipv6}
""")
    place.folder.chmod(0o777)
    config = place.write("named.conf", f"""\
options {{
 directory "{place.folder}";
 pid-file none; session-keyfile none; managed-keys-directory "{place.folder}";
 listen-on {{ any; }}; listen-on-v6 {{ any; }};
 listen-on port 5353 {{ any; }};
 recursion no; server-id "lab"; dnssec-validation no;
}};
controls {{ }};
zone "example.test" {{ type primary; file "{zone}"; allow-transfer {{ any; }}; }};
""")
    return ["/usr/sbin/named", "-g", "-n", "1", "-c", config]


POSTFIX_SERVICES = """\
smtp inet n - n - - smtpd
2525 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def postfix(place: Place) -> Sequence[str]:
    """Postfix with a queue of its own that discards what it accepts."""
    config = place.make("config")
    queue = place.make("queue")
    data = place.make("data", owner="postfix")
    Path(config, "master.cf").write_text(POSTFIX_SERVICES)
    Path(config, "main.cf").write_text(f"""\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
myhostname = {NAME}
mydestination =
relay_domains = example.test
relay_transport = discard
default_transport = discard
alias_maps =
smtpd_tls_cert_file = {place.shared}/tls.pem
smtpd_tls_key_file = {place.shared}/tls.key
smtpd_tls_security_level = may
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
maillog_file_prefixes = {place.folder}
maillog_file = {place.folder}/log
inet_protocols = all
""")
    return ["postfix", "-c", config, "start-fg"]


def vsftpd(place: Place) -> Sequence[str]:
    """vsftpd for anonymous and for local users."""
    config = place.write("vsftpd.conf", f"""\
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
local_enable=YES
anon_root={place.shared}/site
secure_chroot_dir={place.make("empty", 0o555)}
seccomp_sandbox=NO
""")
    second = f"vsftpd {config} -olisten_port=2121 & exec vsftpd {config} -olisten_port=21"
    return ["sh", "-c", second]


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
    config = place.write("kamailio.cfg", f"""\
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
""")
    runtime = place.make("run")
    return ["kamailio", "-DD", "-E", "-m", "32", "-M", "4", "-f", config, "-P", f"{place.folder}/pid", "-Y", runtime]


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
    config = place.write("danted.conf", f"""\
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
""")
    return ["danted", "-f", config, "-p", f"{place.folder}/pid"]


def forward(place: Place) -> Sequence[str]:
    """socat that offers both Sambas on a port that is not theirs."""
    address = place.network.target.ipv4
    pairs = ((4455, address), (4459, place.network.legacy))
    runs = [f"socat TCP-LISTEN:{port},fork,reuseaddr TCP:{behind}:445" for port, behind in pairs]
    return ["sh", "-c", f"{runs[0]} & exec {runs[1]}"]


CORE = (
    Server("openssh", "openssh-server", openssh, tcp=(22, 2222)),
    Server("nginx", "nginx-light", nginx, tcp=(80, 443, 8099, 8444)),
    Server("samba", "samba", samba, tcp=(445, 139)),
    Server("samba_legacy", "samba", samba_legacy, tcp=(445, 139), on_legacy=True),
    Server("forward", "socat", forward, tcp=(4455, 4459)),
    Server("bind", "bind9", bind, tcp=(53, 5353), udp=(53, 5353)),
    Server("postfix", "postfix", postfix, tcp=(25, 2525)),
    Server("vsftpd", "vsftpd", vsftpd, tcp=(21, 2121)),
    Server("xrdp", "xrdp", xrdp, tcp=(3389, 3390)),
    Server("kamailio", "kamailio", kamailio, tcp=(5060, 5070), udp=(5060, 5070)),
    Server("svnserve", "subversion", svnserve, tcp=(3690, 3691)),
    Server("dante", "dante-server", dante, tcp=(1080, 1088)),
)
