"""The servers of the founding protocols, from Debian's packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import NAME, PASSWORD, USER
from tests.lab.server import Place, Server


def openssh(place: Place) -> Sequence[str]:
    """sshd with three host keys and one user's key."""
    Path("/run/sshd").mkdir(exist_ok=True)
    keys = "".join(f"HostKey {place.shared}/host_{kind}\n" for kind in ("rsa", "ecdsa", "ed25519"))
    config = place.write(
        "sshd_config",
        f"""\
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
""",
    )
    return ["/usr/sbin/sshd", "-D", "-e", "-f", config]


def nginx(place: Place) -> Sequence[str]:
    """nginx with a page, in clear and over TLS."""
    temporary = "".join(
        f"{kind}_temp_path {place.folder};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    secret = place.run("openssl", "passwd", "-apr1", PASSWORD).strip()
    users = place.write("users", f"{USER}:{secret}\n")
    config = place.write(
        "nginx.conf",
        f"""\
daemon off;
master_process off;
user root;
pid {place.folder}/pid;
error_log stderr;
events {{ }}
http {{
access_log off;
client_header_timeout 10s;
{temporary}server {{
 listen 80; listen [::]:80; listen 8099; listen [::]:8099;
 listen 443 ssl; listen [::]:443 ssl; listen 8444 ssl;
 ssl_certificate {place.shared}/tls.pem; ssl_certificate_key {place.shared}/tls.key;
 root {place.shared}/site;
 location /private {{ auth_basic lab; auth_basic_user_file {users}; }}
}} }}
""",
    )
    return ["nginx", "-e", "stderr", "-p", str(place.folder), "-c", config]


def smbd(place: Place, address: str, dialect: str) -> Sequence[str]:
    """smbd on one address of the target with a share for guests."""
    folders = "".join(
        f"{name} = {place.make(name.replace(' ', '-'))}\n"
        for name in (
            "private dir",
            "lock directory",
            "state directory",
            "cache directory",
            "pid directory",
            "ncalrpc dir",
        )
    )
    config = place.write(
        "smb.conf",
        f"""\
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
""",
    )
    return ["smbd", "--foreground", "--no-process-group", f"--configfile={config}"]


def samba(place: Place) -> Sequence[str]:
    """Samba as Debian sets it up: SMB2 and later."""
    return smbd(place, place.network.target.ipv4, "SMB2_02")


def samba_legacy(place: Place) -> Sequence[str]:
    """Samba that still speaks SMB1, on the target's second address."""
    return smbd(place, place.network.legacy, "NT1")


def bind(place: Place) -> Sequence[str]:
    """named with one zone and no recursion."""
    zone = place.write(
        "zone",
        f"""\
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A {place.network.target.ipv4}
target A {place.network.target.ipv4}
target AAAA {place.network.target.ipv6}
""",
    )
    place.folder.chmod(0o777)
    config = place.write(
        "named.conf",
        f"""\
options {{
 directory "{place.folder}";
 pid-file none; session-keyfile none; managed-keys-directory "{place.folder}";
 listen-on {{ any; }}; listen-on-v6 {{ any; }};
 listen-on port 5353 {{ any; }};
 recursion no; server-id "lab"; dnssec-validation no;
}};
controls {{ }};
zone "example.test" {{ type primary; file "{zone}"; allow-transfer {{ any; }}; }};
""",
    )
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
    """vsftpd for anonymous and for local users; its second port opens connections to anybody."""
    config = place.write(
        "vsftpd.conf",
        f"""\
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
local_enable=YES
anon_root={place.shared}/site
secure_chroot_dir={place.make("empty", 0o555)}
seccomp_sandbox=NO
""",
    )
    second = f"vsftpd {config} -olisten_port=2121 -oport_promiscuous=YES"
    return ["sh", "-c", f"{second} & exec vsftpd {config} -olisten_port=21"]


CORE = (
    Server("openssh", "openssh-server", openssh, tcp=(22, 2222)),
    Server("nginx", "nginx-light", nginx, tcp=(80, 443, 8099, 8444)),
    Server("samba", "samba", samba, tcp=(445, 139)),
    Server("samba_legacy", "samba", samba_legacy, tcp=(445, 139), on_legacy=True),
    Server("bind", "bind9", bind, tcp=(53, 5353), udp=(53, 5353)),
    Server("postfix", "postfix", postfix, tcp=(25, 2525)),
    Server("vsftpd", "vsftpd", vsftpd, tcp=(21, 2121)),
)
