"""Ordinary clients, which must not be reported as scans."""

from __future__ import annotations

from tests.lab.kinds import Client, words
from tests.lab.materials import PASSWORD, USER

UNKNOWN_HOSTS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
SSH = f"ssh -i {{folder}}/user_key -o BatchMode=yes {UNKNOWN_HOSTS}"
ENVELOPE = "--from a@example.test --to b@example.test"
SVN = "svn ls --non-interactive --no-auth-cache"
URLLIB = "import urllib.request as u; print(u.urlopen('http://{target}/').read())"
SMTPLIB = (
    "import smtplib; s = smtplib.SMTP('{target}', 25); s.ehlo('desk.example.test');"
    "s.sendmail('a@example.test', 'b@example.test', 'Subject: hello\\n\\nhello');"
    "print('sent'); s.quit()"
)
FTPLIB = "import ftplib; f = ftplib.FTP('{target}'); f.login(); print(f.nlst()); f.quit()"


def client(
    name: str,
    servers: str,
    line: str,
    expected_output: str = "",
    exit_statuses: tuple[int, ...] = (0,),
) -> Client:
    """Return a client from a command line without quoting."""
    return Client(name, words(servers), words(line), expected_output, exit_statuses)


def python(name: str, servers: str, program: str, expected_output: str) -> Client:
    """Return a client that is a Python program of one line."""
    return Client(name, words(servers), ("python3", "-c", program), expected_output)


CLIENTS = (
    client("ssh-command", "openssh", f"{SSH} root@{{target}} echo well", "well"),
    client(
        "ssh-command-unusual-port", "openssh", f"{SSH} -p 2222 root@{{target}} echo well", "well"
    ),
    client("ssh-command-ipv6", "openssh", f"{SSH} root@{{target6}} echo well", "well"),
    client("ssh-keyscan", "openssh", "ssh-keyscan {target}", "ssh-ed25519"),
    client(
        "scp",
        "openssh",
        f"{SSH.replace('ssh ', 'scp ', 1)} root@{{target}}:{{folder}}/site/letter.txt copy",
    ),
    client("curl-http", "nginx", "curl -sS http://{target}/", "ordinary page"),
    client("curl-unusual-port", "nginx", "curl -sS http://{target}:8099/", "ordinary page"),
    client("curl-https", "nginx", "curl -sSk https://{target}/", "ordinary page"),
    client("curl-options", "nginx", "curl -sSi -X OPTIONS http://{target}/", "405"),
    client("curl-missing-page", "nginx", "curl -sSi http://{target}/nmap/none", "404"),
    client("curl-vlan", "nginx", "curl -sS http://{vlan}/", "ordinary page"),
    client("curl-ipv6", "nginx", "curl -sS http://[{target6}]/", "ordinary page"),
    client("wget-http", "nginx", "wget -q -O - http://{target}/", "ordinary page"),
    python("python-urllib", "nginx", URLLIB, "ordinary page"),
    client("openssl-s-client", "nginx", "openssl s_client -connect {target}:443", "CONNECTED"),
    client("smbclient-list", "samba", "smbclient -N -L //{target}", "site"),
    client("smbclient-read", "samba", "smbclient -N //{target}/site -c ls", "letter.txt"),
    Client(
        "smbclient-smb1",
        ("samba_legacy",),
        (
            "smbclient",
            "-N",
            "--option=client min protocol=NT1",
            "-m",
            "NT1",
            "//{legacy}/site",
            "-c",
            "ls",
        ),
        "letter.txt",
    ),
    client(
        "smbclient-unusual-port",
        "samba samba_legacy forward",
        "smbclient -N -p 4455 //{target}/site -c ls",
        "letter.txt",
    ),
    client("dig-address", "bind", "dig @{target} target.example.test", "10.77.0.8"),
    client("dig-version-bind", "bind", "dig @{target} version.bind chaos txt", "NOERROR"),
    client("dig-nsid", "bind", "dig @{target} +nsid target.example.test aaaa", "NSID"),
    client("dig-wikipedia", "bind", "dig @{target} www.wikipedia.org", "REFUSED"),
    client("dig-tcp-axfr", "bind", "dig @{target} example.test axfr", "XFR size"),
    client("dig-unusual-port", "bind", "dig @{target} -p 5353 target.example.test", "10.77.0.8"),
    client("host-address", "bind", "host target.example.test {target}", "has address"),
    client(
        "swaks-mail",
        "postfix",
        f"swaks --server {{target}} --helo desk.example.test {ENVELOPE}",
        "250 2.0.0",
    ),
    client(
        "swaks-unusual-port",
        "postfix",
        f"swaks --server {{target}}:2525 --helo desk.example.test {ENVELOPE}",
        "250 2.0.0",
    ),
    client(
        "openssl-starttls",
        "postfix",
        "openssl s_client -starttls smtp -connect {target}:25",
        "CONNECTED",
    ),
    python("python-smtplib", "postfix", SMTPLIB, "sent"),
    Client("lftp-list", ("vsftpd",), ("lftp", "-e", "ls; bye", "ftp://{target}"), "letter.txt"),
    client("curl-ftp-unusual-port", "vsftpd", "curl -sS ftp://{target}:2121/", "letter.txt"),
    client("wget-ftp", "vsftpd", "wget -q -O - ftp://{target}/letter.txt", "ordinary letter"),
    python("python-ftplib", "vsftpd", FTPLIB, "letter.txt"),
    client(
        "xfreerdp",
        "xrdp",
        "xvfb-run -a xfreerdp /v:{target} /u:alice /p:lab-secret /cert:ignore +auth-only"
        " /timeout:5000",
        "",
        (0, 1, 131),
    ),
    client("sipsak-udp", "kamailio", "sipsak -v -s sip:bob@{target}", "200 OK"),
    client("sipsak-unusual-port", "kamailio", "sipsak -v -s sip:bob@{target}:5070", "200 OK"),
    client("sipsak-tcp", "kamailio", "sipsak -v -E tcp -s sip:bob@{target}", "200 OK"),
    client(
        "svn-list",
        "svnserve",
        f"{SVN} --username {USER} --password {PASSWORD} svn://{{target}}/lab",
    ),
    client(
        "svn-wrong-password",
        "svnserve",
        f"{SVN} --username bob --password no svn://{{target}}/lab",
        "E170001",
        (1,),
    ),
    client(
        "curl-socks",
        "nginx dante",
        f"curl -sS --socks5 {USER}:{PASSWORD}@{{target}}:1080 http://{{target}}/",
        "ordinary page",
    ),
    client(
        "curl-socks-wrong-password",
        "nginx dante",
        "curl -sS --socks5 bob:no@{target}:1080 http://{target}/",
        "SOCKS5",
        (97,),
    ),
    Client(
        "ldapsearch",
        ("slapd",),
        ("ldapsearch", "-x", "-H", "ldap://{target}", "-s", "base", "-b", ""),
        "Success",
    ),
    Client(
        "kinit",
        ("kdc",),
        ("sh", "-c", f"echo {PASSWORD} | kinit -c {{folder}}/ccache {USER}"),
        "Password for",
    ),
    client("snmpwalk", "snmpd", "snmpwalk -v2c -c public {target} 1.3.6.1.2.1.1", 'STRING: "lab"'),
    client("redis-cli", "redis", "redis-cli -h {target} set lab well", "OK"),
    client(
        "mariadb",
        "mariadb",
        f"mariadb --no-defaults -h {{target}} -u {USER} -p{PASSWORD} -e status",
        "Ver",
    ),
    client(
        "psql",
        "postgresql",
        f"psql postgresql://{USER}:{PASSWORD}@{{target}}/postgres -c \\conninfo",
        USER,
    ),
    client("mosquitto-pub", "mosquitto", "mosquitto_pub -h {target} -t lab -m hello"),
    client("rpcinfo", "rpcbind", "rpcinfo -p {target}", "portmapper"),
    client("curl-imap", "dovecot", f"curl -sS imap://{USER}:{PASSWORD}@{{target}}/", "INBOX"),
    client("curl-pop3", "dovecot", f"curl -sS pop3://{USER}:{PASSWORD}@{{target}}/"),
    client("ntpdate", "ntpd", "ntpdig {target}", "10.77.0.8", (0, 1)),
    client("curl-ipp", "cups", "curl -sS http://{target}:631/", "CUPS"),
)
