"""Checks of monitoring systems and load balancers, which query many services from one address."""

from __future__ import annotations

from tests.lab.kinds import Client, words
from tests.lab.materials import PASSWORD, USER

PLUGINS = "/usr/lib/nagios/plugins"
EVERYTHING = "openssh nginx vsftpd postfix dovecot slapd mariadb postgresql redis"


def several(name: str, servers: str, *lines: str) -> Client:
    """Return a client that runs several commands; it fails if a program is absent."""
    tried = [f"timeout 20 {line}; [ $? -ne 127 ] || exit 9" for line in lines]
    script = "\n".join([*tried, "echo finished"])
    return Client(name, words(servers), ("sh", "-c", script), "finished")


def configured(name: str, servers: str, file: str, content: str, line: str) -> Client:
    """Return a client that reads a configuration file, which its script writes."""
    script = f"cat > {file} <<'end'\n{content}end\nchmod 600 {file}\n{line}; echo finished"
    return Client(name, words(servers), ("sh", "-c", script), "finished")


def plugins(name: str, servers: str, *lines: str) -> Client:
    """Return a client that runs checks of the Monitoring Plugins."""
    return several(name, servers, *(f"{PLUGINS}/check_{line}" for line in lines))


HTTP = (
    "http -H {target}",
    "http -H {target} -S",
    "http -H {target} -u /missing -e 404",
    "http -H {target} -j OPTIONS",
    "http -H {target} -j HEAD -A agent",
    "http -H {target} -C 5",
    "curl -H {target}",
    "tcp -H {target} -p 80",
    "tcp -H {target} -p 80 -E -s 'GET / HTTP/1.0\\r\\n\\r\\n' -e HTTP",
)
MAIL = (
    "smtp -H {target}",
    "smtp -H {target} -S",
    "smtp -H {target} -f monitor@example.test -C 'VRFY root' -R 252",
    "imap -H {target}",
    "pop -H {target}",
    "imap -H {target} -E -s 'a1 CAPABILITY\\r\\n' -e '* CAPABILITY'",
    "pop -H {target} -E -s 'CAPA\\r\\n' -e OK",
)
FILES = ("ssh -H {target}", "ssh -H {target} -p 2222 -r lab", "ftp -H {target}")
DIRECTORY = (
    "ldap -H {target} -b dc=example,dc=test",
    "ldap -H {target} -b dc=example,dc=test -3",
    "ldap -H {target} -b dc=example,dc=test -T",
)
DATABASES = (
    f"mysql -H {{target}} -u {USER} -p {PASSWORD}",
    "mysql -H {target} -n",
    f"mysql_query -H {{target}} -u {USER} -p {PASSWORD} -q 'select 1'",
    f"pgsql -H {{target}} -l {USER} -p {PASSWORD} -d postgres",
)

HAPROXY = f"""\
defaults
 mode tcp
 timeout connect 2s
 timeout client 2s
 timeout server 2s
 timeout check 2s
 default-server inter 1500
frontend none
 bind 127.0.0.1:9999
backend options
 option httpchk
 server one {{target}}:80 check
backend get
 option httpchk GET /index.html HTTP/1.1
 http-check send hdr Host lab
 server one {{target}}:80 check
backend tls
 option httpchk HEAD /
 server one {{target}}:443 check check-ssl verify none
backend hello
 option ssl-hello-chk
 server one {{target}}:443 check
backend connect
 server one {{target}}:22 check
backend smtp
 option smtpchk
 server one {{target}}:25 check
backend esmtp
 option smtpchk EHLO balancer.example.test
 server one {{target}}:25 check
backend ldap
 option ldap-check
 server one {{target}}:389 check
backend mysql
 option mysql-check
 server one {{target}}:3306 check
backend mysql-user
 option mysql-check user {USER}
 server one {{target}}:3306 check
backend mysql-old
 option mysql-check user {USER} pre-41
 server one {{target}}:3306 check
backend pgsql
 option pgsql-check user {USER}
 server one {{target}}:5432 check
backend redis
 option redis-check
 server one {{target}}:6379 check
backend script
 option tcp-check
 tcp-check send PING\\r\\n
 tcp-check send info\\ replication\\r\\n
 server one {{target}}:6379 check
"""

MONIT_CHECKS = """\
80 protocol http
80 protocol http request "/index.html" with http headers [Host: lab]
443 type tcpssl protocol https
22 protocol ssh
21 protocol ftp
25 protocol smtp
143 protocol imap
110 protocol pop
389 protocol ldap3
389 protocol ldap2
3306 protocol mysql
5432 protocol pgsql
6379 protocol redis
6000 type tcp
8099 send "GET / HTTP/1.0\\r\\n\\r\\n" expect "HTTP"
4000 protocol rsync
4001 protocol rdate
9999 protocol memcache
7777 protocol tns
5061 protocol sip
1883 protocol mqtt
2001 protocol clamav
554 protocol spamassassin
175 protocol nntp
88 protocol lmtp
3388 protocol mongodb
20021 protocol sieve"""
MONIT = (
    "set daemon 3\nset idfile {folder}/monit.id\nset statefile {folder}/monit.state\n"
    "set pidfile {folder}/monit.pid\n"
    "check host lab with address {target}\n"
    + "\n".join(
        f" if failed port {one} with timeout 2 seconds then alert"
        for one in MONIT_CHECKS.splitlines()
    )
    + "\n if failed port 123 type udp protocol ntp3 then alert"
    + "\n if failed port 53 type udp protocol dns then alert"
    + "\n if failed ping then alert\n"
)

CHECKS = (
    plugins("plugins-http", "nginx", *HTTP),
    plugins("plugins-mail", "postfix dovecot", *MAIL),
    plugins("plugins-ssh-ftp", "openssh vsftpd", *FILES),
    plugins("plugins-ldap", "slapd", *DIRECTORY),
    plugins("plugins-databases", "mariadb postgresql", *DATABASES),
    plugins(
        "plugins-names",
        "bind",
        "dns -H target.example.test -s {target}",
        "dig -H {target} -l target.example.test",
        "dig -H {target} -l example.test -T SOA",
        "udp -H {target} -p 53 -s hello -e hello",
    ),
    plugins(
        "plugins-snmp",
        "snmpd",
        "snmp -H {target} -C public -o 1.3.6.1.2.1.1.3.0",
        "snmp -H {target} -P 2c -C public -o 1.3.6.1.2.1.1.1.0,1.3.6.1.2.1.1.3.0",
        "snmp -H {target} -P 2c -C public -n -o 1.3.6.1.2.1.1",
        "snmp -H {target} -P 3 -L noAuthNoPriv -U lab -o 1.3.6.1.2.1.1.3.0",
    ),
    plugins("plugins-rpc", "rpcbind", "rpc -H {target} -C portmapper", "rpc -H {target} -C nfs -t"),
    plugins(
        "plugins-ntp", "ntpd", "ntp_time -H {target}", "ntp_peer -H {target}", "ntp -H {target}"
    ),
    plugins(
        "plugins-ping",
        "closing",
        "icmp -H {target}",
        "ping -H {target} -w 100,20% -c 200,40%",
        "fping -H {target}",
        "host -H {target}",
        "rta_multi -H {target}",
    ),
    plugins(
        "plugins-rare",
        "hearing",
        "nt -H {target} -p 12489 -v CLIENTVERSION",
        "nt -H {target} -p 12489 -v UPTIME -s secret",
        "jabber -H {target} -t 3",
        "nntp -H {target} -t 3",
        "clamd -H {target} -t 3",
        "spop -H {target} -t 3",
        "time -H {target} -t 3",
        "ups -H {target} -u ups",
        "overcr -H {target} -v LOAD1",
        "real -H {target} -t 3",
        "ircd -H {target}",
        "tcp -H {target} -p 5038 -t 3 -s 'Action: Ping'",
        "radius -H {target} -u a -p b -F /dev/null",
        "nrpe -H {target} -t 3",
        "nrpe -H {target} -t 3 -2 -n",
    ),
    several(
        "plugins-smb",
        "samba",
        f"{PLUGINS}/check_disk_smb -H target -a {{target}} -s site",
        f"{PLUGINS}/check_tcp -H {{target}} -p 445",
    ),
    plugins("plugins-all-at-once", EVERYTHING, *HTTP, *MAIL, *FILES, *DIRECTORY, *DATABASES),
    configured(
        "haproxy-checks", EVERYTHING, "haproxy.cfg", HAPROXY, "timeout 8 haproxy -f haproxy.cfg"
    ),
    configured(
        "monit", f"{EVERYTHING} closing", "monitrc", MONIT, "timeout 14 monit -I -c $PWD/monitrc"
    ),
)
