"""More ordinary clients: one capture per family, as if one host ran them all."""

from __future__ import annotations

from tests.lab.clients_checks import configured, several
from tests.lab.materials import PASSWORD, USER

SSH_HOSTS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes"
SSH = f"ssh -i {{folder}}/user_key {SSH_HOSTS}"
SYSTEM_PYTHON = "/usr/bin/python3 -c"  # finds the modules of Debian packages
IMPACKET = "/usr/bin/python3 /usr/share/doc/python3-impacket/examples"
SEND = "printf '{}' | timeout 3 nc -w 2 {{target}} {}"
S_CLIENT = "openssl s_client -brief -connect {target}"
SAMBA_OLD = "--option='client min protocol=CORE'"
PARAMIKO = (
    "import paramiko as p; c = p.SSHClient(); c.set_missing_host_key_policy(p.AutoAddPolicy());"
    "c.connect('{target}', username='root', key_filename='{folder}/user_key');"
    "print(c.exec_command('echo well')[1].read()); c.open_sftp().listdir('{folder}')"
)
LDAP3 = (
    "import ldap3; c = ldap3.Connection(ldap3.Server('{target}', get_info=ldap3.ALL));"
    "print(c.bind()); c.search('dc=example,dc=test', '(objectClass=*)'); c.unbind()"
)
SNMP3 = (
    "from pysnmp.hlapi import *; print(next(getCmd(SnmpEngine(), CommunityData('public'),"
    "UdpTransportTarget(('{target}', 161)), ContextData(),"
    "ObjectType(ObjectIdentity('1.3.6.1.2.1.1.1.0')))))"
)
HTTPS = (
    "import ssl, urllib.request as u;"
    "print(u.urlopen('https://{target}/', context=ssl._create_unverified_context()).read())"
)
NODE = (
    "require('https').get({{host: '{target}', rejectUnauthorized: false}},"
    " r => r.pipe(process.stdout))"
)
MAIL = (
    "import smtplib, ssl; s = smtplib.SMTP('{target}', 25); s.ehlo();"
    "s.starttls(context=ssl._create_unverified_context()); s.ehlo();"
    "s.sendmail('a@example.test', ['root@example.test'], 'Subject: x'); s.quit();"
    "import imaplib, poplib; i = imaplib.IMAP4('{target}');"
    f"i.login('{USER}', '{PASSWORD}'); i.select(); i.search(None, 'ALL'); i.logout();"
    f"p = poplib.POP3('{{target}}'); p.capa(); p.user('{USER}'); p.pass_('{PASSWORD}');"
    "p.stat(); p.list(); p.quit()"
)
CURL_MAIL = "--mail-from a@example.test --mail-rcpt root@example.test -T {folder}/site/letter.txt"

MORE = (
    several(
        "ssh-old-options",
        "openssh",
        f"{SSH} -o KexAlgorithms=diffie-hellman-group14-sha256 root@{{target}} true",
        f"{SSH} -o KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"
        " -o Ciphers=+aes128-cbc,3des-cbc -o HostKeyAlgorithms=+ssh-rsa root@{target} true",
        f"{SSH} -o Ciphers=aes128-ctr -o MACs=hmac-sha1 root@{{target}} true",
        f"{SSH} -o PreferredAuthentications=none nobody@{{target}} true",
        f"{SSH} -p 2222 root@{{target}} true",
    ),
    several(
        "ssh-libraries",
        "openssh",
        f'{SYSTEM_PYTHON} "{PARAMIKO}"',
        "curl -sSk --key {folder}/user_key --pubkey {folder}/user_key.pub -u root:"
        " sftp://{target}{folder}/words",
        "curl -sSk -u root:wrong sftp://{target}/",
        "plink -batch -hostkey '*' -P 22 root@{target} true",
        "sh -c 'echo y | plink -pw wrong root@{target} true'",
        "ssh-keyscan -t rsa,dsa,ecdsa,ed25519 {target}",
    ),
    several(
        "hands-on-text",
        "openssh nginx vsftpd postfix redis dovecot",
        SEND.format("\\r\\n\\r\\n", 22),
        SEND.format("GET / HTTP/1.0\\r\\n\\r\\n", 80),
        SEND.format("OPTIONS / HTTP/1.0\\r\\n\\r\\n", 80),
        SEND.format("HEAD / HTTP/1.1\\r\\nHost: lab\\r\\nConnection: close\\r\\n\\r\\n", 80),
        SEND.format("HELP\\r\\nQUIT\\r\\n", 25),
        SEND.format("EHLO lab\\r\\nAUTH NTLM\\r\\nQUIT\\r\\n", 25),
        SEND.format("USER anonymous\\r\\nPASS a@b\\r\\nSYST\\r\\nSTAT\\r\\nQUIT\\r\\n", 21),
        SEND.format("PING\\r\\nINFO\\r\\n", 6379),
        SEND.format("a CAPABILITY\\r\\nb LOGOUT\\r\\n", 143),
        SEND.format("CAPA\\r\\nQUIT\\r\\n", 110),
        "sh -c 'printf \"HEAD / HTTP/1.0\\r\\n\\r\\n\" | ncat --ssl {target} 443'",
        "sh -c 'printf \"\\r\\n\" | ncat -w 2 {target} 2222'",
        "sh -c '(sleep 1; echo quit) | telnet {target} 25'",
        "sh -c '(sleep 1; echo) | telnet {target}'",
    ),
    several(
        "starttls-everywhere",
        "postfix dovecot slapd postgresql mariadb vsftpd hearing",
        f"{S_CLIENT}:25 -starttls smtp",
        f"{S_CLIENT}:143 -starttls imap",
        f"{S_CLIENT}:110 -starttls pop3",
        f"{S_CLIENT}:389 -starttls ldap",
        f"{S_CLIENT}:5432 -starttls postgres",
        f"{S_CLIENT}:3306 -starttls mysql",
        f"{S_CLIENT}:21 -starttls ftp",
        f"timeout 3 {S_CLIENT}:5222 -starttls xmpp",
        f"timeout 3 {S_CLIENT}:119 -starttls nntp",
        "gnutls-cli --insecure --starttls-proto=smtp -p 25 {target}",
        "gnutls-cli --insecure --starttls-proto=imap -p 143 {target}",
        "gnutls-cli --insecure --starttls-proto=ldap -p 389 {target}",
        f"curl -sSk --ssl-reqd smtp://{{target}} {CURL_MAIL}",
        f"curl -sS smtp://{{target}} {CURL_MAIL}",
        "curl -sS smtp://{target} -X 'VRFY root'",
        f"curl -sSk --ssl-reqd imap://{USER}:{PASSWORD}@{{target}}/",
        f"curl -sSk --ssl-reqd pop3://{USER}:{PASSWORD}@{{target}}/",
        "swaks --server {target} --ehlo desk.example.test --tls --to root@example.test",
        "swaks --server {target} --to root@example.test --auth NTLM -au a -ap b",
        f'{SYSTEM_PYTHON} "{MAIL}"',
    ),
    several(
        "tls-hellos",
        "nginx",
        *(
            f"{S_CLIENT}:443 {version}"
            for version in ("", "-tls1", "-tls1_1", "-tls1_2", "-tls1_3", "-no_ticket")
        ),
        f"{S_CLIENT}:443 -cipher ALL:@SECLEVEL=0 -servername lab -alpn h2,http/1.1",
        "curl -sSk --tlsv1.0 --tls-max 1.0 --ciphers DEFAULT@SECLEVEL=0 https://{target}/",
        "curl -sSk --ciphers AES128-SHA --tls-max 1.2 https://{target}:8444/",
        "gnutls-cli --insecure {target}",
        "gnutls-cli --insecure --priority NORMAL:-VERS-ALL:+VERS-TLS1.0 {target}",
        "gnutls-cli --insecure --priority SECURE256 {target}",
        "wget -q -O - --no-check-certificate https://{target}/",
        f'{SYSTEM_PYTHON} "{HTTPS}"',
        f'node -e "{NODE}"',
        "chromium --headless --no-sandbox --disable-gpu --ignore-certificate-errors --dump-dom"
        " https://{target}/",
    ),
    configured(
        "tls-hello-go",
        "nginx",
        "hello.go",
        'package main\nimport ("crypto/tls"; "fmt"; "net/http")\nfunc main() {{\n'
        "t := &http.Transport{{TLSClientConfig: &tls.Config{{InsecureSkipVerify: true}}}}\n"
        'r, e := (&http.Client{{Transport: t}}).Get("https://{target}/")\n'
        "fmt.Println(r, e)\n}}\n",
        "GOCACHE=$PWD/go timeout 150 go run hello.go",
    ),
    several(
        "ldap-searches",
        "slapd",
        "ldapsearch -x -H ldap://{target} -s base -b '' '*' +",
        "ldapsearch -x -H ldap://{target} -s base -b '' namingContexts supportedLDAPVersion",
        "ldapsearch -x -H ldap://{target} -b dc=example,dc=test '(objectClass=*)'",
        f"ldapsearch -x -H ldap://{{target}} -D cn=admin,dc=example,dc=test -w {PASSWORD}"
        " -b dc=example,dc=test -s sub '(&(uid=alice)(objectClass=posixAccount))' uid cn",
        "ldapsearch -x -H ldap://{target} -D cn=admin,dc=example,dc=test -w wrong -b ''",
        "ldapsearch -Y GSSAPI -H ldap://{target} -b ''",
        "ldapsearch -Y DIGEST-MD5 -U a -w b -H ldap://{target} -b ''",
        "ldapsearch -x -ZZ -H ldap://{target} -b '' -s base",
        "ldapsearch -x -P 2 -H ldap://{target} -b '' -s base",
        "ldapwhoami -x -H ldap://{target}",
        "ldapsearch -x -H cldap://{target} -s base -b '' '(DnsDomain=example.test)' netlogon",
        f'{SYSTEM_PYTHON} "{LDAP3}"',
        "curl -sS 'ldap://{target}/dc=example,dc=test??sub'",
    ),
    several(
        "snmp-queries",
        "snmpd",
        "snmpget -v1 -c public {target} 1.3.6.1.2.1.1.1.0",
        "snmpget -v2c -c public {target} 1.3.6.1.2.1.1.1.0 1.3.6.1.2.1.1.3.0",
        "snmpgetnext -v2c -c public {target} 1.3.6.1.2.1",
        "snmpbulkwalk -v2c -c public {target} 1.3.6.1.2.1",
        "snmpwalk -v1 -c public {target} 1.3.6.1",
        "snmpget -v2c -c private -r 0 -t 1 {target} 1.3.6.1.2.1.1.1.0",
        "snmpget -v3 -u lab -l noAuthNoPriv {target} 1.3.6.1.2.1.1.1.0",
        "snmpstatus -v2c -c public {target}",
        "snmpset -v2c -c public {target} 1.3.6.1.2.1.1.6.0 s here",
        f'{SYSTEM_PYTHON} "{SNMP3}"',
    ),
    several(
        "rpc-questions",
        "rpcbind",
        "rpcinfo {target}",
        "rpcinfo -p {target}",
        "rpcinfo -s {target}",
        "rpcinfo -m {target}",
        "rpcinfo -T tcp {target} 100000",
        "rpcinfo -T udp {target} 100000 2",
        "rpcinfo -T udp {target} 100003",
        "showmount -e {target}",
    ),
    several(
        "smb-clients",
        "samba samba_legacy",
        "smbclient -N -L //{target} -m SMB2_02",
        "smbclient -N -L //{target} -m SMB3_11",
        "smbclient -U alice%wrong -L //{target}",
        f"smbclient -N {SAMBA_OLD} -m NT1 -L //{{legacy}}",
        f"smbclient -N {SAMBA_OLD} -m LANMAN2 -L //{{legacy}}",
        f"smbclient -N {SAMBA_OLD} -L //{{legacy}}",
        "rpcclient -N -U '' -c 'srvinfo; enumdomusers; netshareenumall' {target}",
        "net rpc info -N -U '' -S {target}",
        "smbget -a smb://{target}/site/letter.txt -o letter",
        "nmblookup -U {target} -R SITE",
        "nmblookup -A {target}",
    ),
    several(
        "impacket",
        "samba samba_legacy xrdp mosquitto hearing",
        f"sh -c 'echo exit | {IMPACKET}/smbclient.py -no-pass {{target}}'",
        f"{IMPACKET}/lookupsid.py -no-pass {{target}}",
        f"{IMPACKET}/lookupsid.py -no-pass {{legacy}}",
        f"{IMPACKET}/rpcdump.py -port 445 -no-pass {{target}}",
        f"{IMPACKET}/samrdump.py -no-pass {{target}}",
        f"{IMPACKET}/rdp_check.py a:b@{{target}}",
        f"{IMPACKET}/mqtt_check.py {{target}} -port 1883",
        f"timeout 4 {IMPACKET}/mssqlclient.py a:b@{{target}}",
        f"timeout 4 {IMPACKET}/mssqlinstance.py {{target}}",
    ),
)
