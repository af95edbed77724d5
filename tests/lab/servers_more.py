"""Further servers from Debian's packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.materials import PASSWORD, USER
from tests.lab.server import Place, Server


def slapd(place: Place) -> Sequence[str]:
    """slapd with an empty tree that anyone may read."""
    data = place.make("data")
    config = place.write(
        "slapd.conf",
        f"""\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {place.folder}/pid
database mdb
suffix "dc=example,dc=test"
rootdn "cn=admin,dc=example,dc=test"
rootpw {PASSWORD}
directory {data}
""",
    )
    return ["slapd", "-d", "0", "-f", config, "-h", "ldap://:389 ldap://:3890"]


def kdc(place: Place) -> Sequence[str]:
    """A Kerberos KDC with one user."""
    profile = place.write(
        "kdc.conf",
        f"""\
[kdcdefaults]
 kdc_listen = 88
 kdc_tcp_listen = 88
[realms]
 EXAMPLE.TEST = {{
  database_name = {place.folder}/principal
  key_stash_file = {place.folder}/stash
 }}
[logging]
 kdc = STDERR
""",
    )
    at = {"KRB5_KDC_PROFILE": profile}
    place.run("kdb5_util", "create", "-s", "-r", "EXAMPLE.TEST", "-P", PASSWORD, **at)
    place.run("kadmin.local", "-r", "EXAMPLE.TEST", "addprinc", "-pw", PASSWORD, USER, **at)
    return ["env", f"KRB5_KDC_PROFILE={profile}", "krb5kdc", "-n", "-r", "EXAMPLE.TEST"]


def snmpd(place: Place) -> Sequence[str]:
    """snmpd with the community public, which sees the system group and no more."""
    config = place.write(
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
    pid = str(place.folder / "pid")
    return ["snmpd", "-f", "-C", "-c", config, "-Lo", "-p", pid, "udp:161,udp:1610"]


def redis(place: Place) -> Sequence[str]:
    """redis without a password, which does not say what machine it runs on."""
    config = place.write(
        "redis.conf",
        'bind *\nprotected-mode no\nport 6379\nsave ""\nuser default on nopass ~* &* +@all -info\n',
    )
    return ["redis-server", config]


def mariadb(place: Place) -> Sequence[str]:
    """MariaDB with one user."""
    data = place.make("data", owner="mysql")
    at = ["--no-defaults", f"--datadir={data}", "--user=mysql"]
    place.run(
        "mariadb-install-db", *at, "--auth-root-authentication-method=normal", "--skip-test-db"
    )
    first = place.write("first.sql", f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}';\n")
    socket = f"--socket={place.folder}/data/socket"
    return [
        "mariadbd",
        *at,
        socket,
        "--port=3306",
        f"--init-file={first}",
        "--skip-name-resolve",
        f"--pid-file={place.folder}/data/pid",
        "--innodb-buffer-pool-size=8M",
    ]


def postgresql(place: Place) -> Sequence[str]:
    """PostgreSQL with one user."""
    data = place.make("data", 0o700, owner="postgres")
    secret = place.write("secret", PASSWORD)
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    place.run(
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


def mosquitto(place: Place) -> Sequence[str]:
    """mosquitto for anyone."""
    config = place.write("mosquitto.conf", "listener 1883\nlistener 1884\nallow_anonymous true\n")
    return ["mosquitto", "-c", config]


def rpcbind(_: Place) -> Sequence[str]:
    """rpcbind with a private /run."""
    return ["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /run && exec rpcbind -f"]


def dovecot(place: Place) -> Sequence[str]:
    """Dovecot with one user over IMAP and POP3."""
    mail = place.make("mail", 0o777)
    config = place.write(
        "dovecot.conf",
        f"""\
base_dir = {place.make("base")}
state_dir = {place.make("state")}
log_path = {place.folder}/log
protocols = imap pop3
listen = *, ::
ssl = yes
ssl_cert = <{place.shared}/tls.pem
ssl_key = <{place.shared}/tls.key
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


def memcached(_: Place) -> Sequence[str]:
    """memcached over TCP and UDP."""
    return ["memcached", "-u", "nobody", "-p", "11211", "-U", "11211"]


def ntpd(place: Place) -> Sequence[str]:
    """ntpd that serves its own clock and touches nobody else's."""
    config = place.write(
        "ntp.conf", "server 127.127.1.0\nfudge 127.127.1.0 stratum 8\ndisable ntp\n"
    )
    return ["ntpd", "-n", "-c", config, "-p", f"{place.folder}/pid"]


def cups(place: Place) -> Sequence[str]:
    """The CUPS scheduler without printers."""
    files = place.write(
        "files.conf",
        f"""\
RequestRoot {place.make("spool")}
CacheDir {place.make("cache")}
StateDir {place.make("state")}
ServerRoot {place.make("root")}
AccessLog stderr
ErrorLog stderr
PageLog stderr
""",
    )
    config = place.write(
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
