"""Servers of common protocols, from Debian packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import NAME, PASSWORD, USER
from tests.lab.server import Server, ServerContext


def openssh(context: ServerContext) -> Sequence[str]:
    """Prepare sshd with three host keys and one user's key."""
    Path("/run/sshd").mkdir(exist_ok=True)
    keys = "".join(
        f"HostKey {context.shared}/host_{kind}\n" for kind in ("rsa", "ecdsa", "ed25519")
    )
    config = context.write(
        "sshd_config",
        f"""\
Port 22
Port 2222
{keys}AuthorizedKeysFile {context.shared}/user_key.pub
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


def nginx(context: ServerContext) -> Sequence[str]:
    """Prepare nginx with a page over HTTP and HTTPS."""
    temporary = "".join(
        f"{kind}_temp_path {context.folder};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    secret = context.run("openssl", "passwd", "-apr1", PASSWORD).strip()
    users = context.write("users", f"{USER}:{secret}\n")
    config = context.write(
        "nginx.conf",
        f"""\
daemon off;
master_process off;
user root;
pid {context.folder}/pid;
error_log stderr;
events {{ }}
http {{
access_log off;
client_header_timeout 10s;
{temporary}server {{
 listen 80; listen [::]:80; listen 8099; listen [::]:8099;
 listen 443 ssl; listen [::]:443 ssl; listen 8444 ssl;
 ssl_certificate {context.shared}/tls.pem; ssl_certificate_key {context.shared}/tls.key;
 root {context.shared}/site;
 location /private {{ auth_basic lab; auth_basic_user_file {users}; }}
}} }}
""",
    )
    return ["nginx", "-e", "stderr", "-p", str(context.folder), "-c", config]


def smbd(context: ServerContext, address: str, dialect: str) -> Sequence[str]:
    """Prepare smbd with a guest share on one address of the target."""
    folders = "".join(
        f"{name} = {context.make(name.replace(' ', '-'))}\n"
        for name in (
            "private dir",
            "lock directory",
            "state directory",
            "cache directory",
            "pid directory",
            "ncalrpc dir",
        )
    )
    config = context.write(
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
log file = {context.folder}/log
{folders}[site]
path = {context.shared}/site
guest ok = yes
read only = yes
""",
    )
    return ["smbd", "--foreground", "--no-process-group", f"--configfile={config}"]


def samba(context: ServerContext) -> Sequence[str]:
    """Prepare Samba with Debian's default dialects: SMB 2 and later."""
    return smbd(context, context.network.target.ipv4, "SMB2_02")


def samba_legacy(context: ServerContext) -> Sequence[str]:
    """Prepare Samba with SMB 1 on the target's second address."""
    return smbd(context, context.network.legacy, "NT1")


def bind(context: ServerContext) -> Sequence[str]:
    """Prepare named with one zone and without recursion."""
    zone = context.write(
        "zone",
        f"""\
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A {context.network.target.ipv4}
target A {context.network.target.ipv4}
target AAAA {context.network.target.ipv6}
""",
    )
    context.folder.chmod(0o777)
    config = context.write(
        "named.conf",
        f"""\
options {{
 directory "{context.folder}";
 pid-file none; session-keyfile none; managed-keys-directory "{context.folder}";
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


def postfix(context: ServerContext) -> Sequence[str]:
    """Prepare Postfix with its own queue; it discards accepted mail."""
    config = context.make("config")
    queue = context.make("queue")
    data = context.make("data", owner="postfix")
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
smtpd_tls_cert_file = {context.shared}/tls.pem
smtpd_tls_key_file = {context.shared}/tls.key
smtpd_tls_security_level = may
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
maillog_file_prefixes = {context.folder}
maillog_file = {context.folder}/log
inet_protocols = all
""")
    return ["postfix", "-c", config, "start-fg"]


def vsftpd(context: ServerContext) -> Sequence[str]:
    """Prepare vsftpd for anonymous and local users; its second port allows FTP bounce."""
    config = context.write(
        "vsftpd.conf",
        f"""\
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
local_enable=YES
anon_root={context.shared}/site
secure_chroot_dir={context.make("empty", 0o555)}
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
