"""Servers of directories, databases and further protocols, from Debian packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import PASSWORD, USER
from tests.lab.server import Server, ServerContext


def slapd(context: ServerContext) -> Sequence[str]:
    """Prepare slapd with an empty, public tree."""
    data = context.make("data")
    config = context.write(
        "slapd.conf",
        f"""\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {context.folder}/pid
database mdb
suffix "dc=example,dc=test"
rootdn "cn=admin,dc=example,dc=test"
rootpw {PASSWORD}
directory {data}
""",
    )
    return ["slapd", "-d", "0", "-f", config, "-h", "ldap://:389 ldap://:3890"]


def kdc(context: ServerContext) -> Sequence[str]:
    """Prepare a Kerberos KDC with one user."""
    profile = context.write(
        "kdc.conf",
        f"""\
[kdcdefaults]
 kdc_listen = 88
 kdc_tcp_listen = 88
[realms]
 EXAMPLE.TEST = {{
  database_name = {context.folder}/principal
  key_stash_file = {context.folder}/stash
 }}
[logging]
 kdc = STDERR
""",
    )
    environment = {"KRB5_KDC_PROFILE": profile}
    context.run("kdb5_util", "create", "-s", "-r", "EXAMPLE.TEST", "-P", PASSWORD, **environment)
    context.run(
        "kadmin.local", "-r", "EXAMPLE.TEST", "addprinc", "-pw", PASSWORD, USER, **environment
    )
    return ["env", f"KRB5_KDC_PROFILE={profile}", "krb5kdc", "-n", "-r", "EXAMPLE.TEST"]


def snmpd(context: ServerContext) -> Sequence[str]:
    """Prepare snmpd with the community `public`, which may read only the system group."""
    config = context.write(
        "snmpd.conf",
        """\
view lab included .1.3.6.1.2.1.1
rocommunity public default -V lab
sysDescr a machine of the lab
sysName lab
sysLocation lab
sysContact lab
""",
    )
    pid = str(context.folder / "pid")
    return ["snmpd", "-f", "-C", "-c", config, "-Lo", "-p", pid, "udp:161,udp:1610"]


def redis(context: ServerContext) -> Sequence[str]:
    """Prepare redis without a password and without INFO, which reveals the machine."""
    config = context.write(
        "redis.conf",
        'bind *\nprotected-mode no\nport 6379\nsave ""\nuser default on nopass ~* &* +@all -info\n',
    )
    return ["redis-server", config]


def mariadb(context: ServerContext) -> Sequence[str]:
    """Prepare MariaDB with one user."""
    data = context.make("data", owner="mysql")
    options = ["--no-defaults", f"--datadir={data}", "--user=mysql"]
    context.run(
        "mariadb-install-db", *options, "--auth-root-authentication-method=normal", "--skip-test-db"
    )
    first = context.write("first.sql", f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}';\n")
    socket = f"--socket={context.folder}/data/socket"
    return [
        "mariadbd",
        *options,
        socket,
        "--port=3306",
        f"--init-file={first}",
        "--skip-name-resolve",
        f"--pid-file={context.folder}/data/pid",
        "--innodb-buffer-pool-size=8M",
    ]


def postgresql(context: ServerContext) -> Sequence[str]:
    """Prepare PostgreSQL with one user."""
    data = context.make("data", 0o700, owner="postgres")
    secret = context.write("secret", PASSWORD)
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    context.run(
        *as_user,
        str(programs / "initdb"),
        "-D",
        data,
        "-U",
        USER,
        "--pwfile",
        secret,
        "--auth-host=scram-sha-256",
        "--no-sync",
    )
    Path(data, "pg_hba.conf").write_text("host all all all scram-sha-256\n")
    return [*as_user, str(programs / "postgres"), "-D", data, "-k", data, "-h", "*", "-p", "5432"]


def mosquitto(context: ServerContext) -> Sequence[str]:
    """Prepare mosquitto with anonymous access."""
    config = context.write("mosquitto.conf", "listener 1883\nlistener 1884\nallow_anonymous true\n")
    return ["mosquitto", "-c", config]


def rpcbind(_: ServerContext) -> Sequence[str]:
    """Prepare rpcbind with a private /run."""
    return ["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /run && exec rpcbind -f"]


def dovecot(context: ServerContext) -> Sequence[str]:
    """Prepare Dovecot with one user, over IMAP and POP3."""
    mail = context.make("mail", 0o777)
    config = context.write(
        "dovecot.conf",
        f"""\
base_dir = {context.make("base")}
state_dir = {context.make("state")}
log_path = {context.folder}/log
protocols = imap pop3
listen = *, ::
ssl = yes
ssl_cert = <{context.shared}/tls.pem
ssl_key = <{context.shared}/tls.key
disable_plaintext_auth = no
mail_location = maildir:{mail}
passdb {{
 driver = static
 args = password={PASSWORD}
}}
userdb {{
 driver = static
 args = uid=nobody gid=nogroup home={mail}
}}
""",
    )
    return ["dovecot", "-F", "-c", config]


def memcached(_: ServerContext) -> Sequence[str]:
    """Prepare memcached over TCP and UDP."""
    return ["memcached", "-u", "nobody", "-p", "11211", "-U", "11211"]


def ntpd(context: ServerContext) -> Sequence[str]:
    """Prepare ntpd that serves the local clock and does not adjust it."""
    config = context.write(
        "ntp.conf", "server 127.127.1.0\nfudge 127.127.1.0 stratum 8\ndisable ntp\n"
    )
    return ["ntpd", "-n", "-c", config, "-p", f"{context.folder}/pid"]


def cups(context: ServerContext) -> Sequence[str]:
    """Prepare the CUPS scheduler without printers."""
    files = context.write(
        "files.conf",
        f"""\
RequestRoot {context.make("spool")}
CacheDir {context.make("cache")}
StateDir {context.make("state")}
ServerRoot {context.make("root")}
AccessLog stderr
ErrorLog stderr
PageLog stderr
""",
    )
    config = context.write(
        "cupsd.conf",
        """\
Listen *:631
Browsing no
WebInterface yes
ServerAlias *
<Location />
Allow all
</Location>
""",
    )
    return ["cupsd", "-f", "-c", config, "-s", files]


MORE = (
    Server("slapd", "slapd", slapd, tcp=(389, 3890)),
    Server("kdc", "krb5-kdc", kdc, tcp=(88,), udp=(88,)),
    Server("snmpd", "snmpd", snmpd, udp=(161, 1610)),
    Server("redis", "redis-server", redis, tcp=(6379,)),
    Server("mariadb", "mariadb-server", mariadb, tcp=(3306,)),
    Server("postgresql", "postgresql", postgresql, tcp=(5432,)),
    Server("mosquitto", "mosquitto", mosquitto, tcp=(1883, 1884)),
    Server("rpcbind", "rpcbind", rpcbind, tcp=(111,), udp=(111,)),
    Server("dovecot", "dovecot-imapd", dovecot, tcp=(110, 143)),
    Server("memcached", "memcached", memcached, tcp=(11211,), udp=(11211,)),
    Server("ntpd", "ntpsec", ntpd, udp=(123,)),
    Server("cups", "cups", cups, tcp=(631,)),
)
