"""Ordinary clients of DNS, time, databases and rarer services: one capture per family."""

from __future__ import annotations

from tests.lab.clients_checks import configured, several
from tests.lab.clients_more import SEND, SYSTEM_PYTHON
from tests.lab.materials import PASSWORD, USER

CONFIGURED_NAMES = """\
server:
 username: ""
 chroot: ""
 directory: "."
 do-daemonize: no
 use-syslog: no
 port: 5301
 do-not-query-localhost: no
 module-config: "iterator"
forward-zone:
 name: "."
 forward-addr: {target}
"""
NAMES_LINE = (
    "timeout 6 unbound -d -p -c unbound.conf & timeout 6 dnsmasq -d -p 5300 -R -h -S {target}"
    " & sleep 1; for port in 5300 5301; do for type in a aaaa mx txt ptr ns srv; do"
    " dig +time=1 +tries=1 @127.0.0.1 -p $port $type.example.test $type; done;"
    " dig +time=1 +tries=1 @127.0.0.1 -p $port version.bind chaos txt; done; wait"
)
MONGO = (
    "import pymongo; c = pymongo.MongoClient('{target}', serverSelectionTimeoutMS=3000);"
    "c.server_info()"
)

REST = (
    several(
        "names-by-hand",
        "bind",
        *(
            f"dig @{{target}} +time=1 +tries=1 {words}"
            for words in (
                "version.bind chaos txt",
                "version.server chaos txt",
                "hostname.bind chaos txt",
                "id.server chaos txt +nsid",
                "example.test any",
                "example.test ns +norecurse",
                "example.test soa +tcp",
                "target.example.test +dnssec +bufsize=4096",
                "target.example.test +noedns",
                "target.example.test +subnet=10.0.0.0/24",
                "-x 10.77.0.8",
                "version.bind chaos txt +tcp",
                "www.google.com +norecurse",
            )
        ),
        "kdig @{target} target.example.test",
        "kdig @{target} +tcp version.bind ch txt",
        "drill target.example.test @{target}",
        "drill -c /dev/null chaos txt version.bind @{target}",
        "nslookup target.example.test {target}",
        "nslookup -type=mx example.test {target}",
        "delv @{target} target.example.test",
    ),
    configured("forwarders", "bind", "unbound.conf", CONFIGURED_NAMES, NAMES_LINE),
    several(
        "local-network",
        "closing",
        "ip route replace 224.0.0.0/4 dev eth0",
        "timeout 3 gssdp-discover -i eth0 --timeout=2",
        "timeout 3 wsdd -i eth0 -D",
        "timeout 4 udhcpc -i eth0 -n -q -f -t 1 -T 1 -s /bin/true",
        "timeout 4 dhclient -d -1 -lf lease -pf pid -sf /bin/true eth0",
        "timeout 3 mdns-scan",
        "dig @224.0.0.251 -p 5353 +time=1 +tries=1 _services._dns-sd._udp.local ptr",
        "timeout 3 upnpc -m eth0 -s",
        "timeout 4 natpmpc -g {target}",
        "/usr/lib/nagios/plugins/check_dhcp -i eth0 -t 2",
    ),
    several(
        "ntp-questions",
        "ntpd",
        "ntpdate -q {target}",
        "ntpq -p {target}",
        "ntpq -c rv {target}",
        "ntpdig {target}",
    ),
    several(
        "echo-and-routes",
        "closing",
        "ping -c 2 -i 0.2 {target}",
        "ping -c 1 -s 0 {target}",
        "ping -c 1 -s 120 -M do {target}",
        "ping -c 1 -s 1472 -M do {target}",
        "ping -c 1 -T tsonly {target}",
        "ping -c 1 -p ff -Q 4 {target}",
        "ping -6 -c 2 -i 0.2 {target6}",
        "fping -c 2 {target}",
        "arping -c 2 -I eth0 {target}",
        "mtr -r -c 2 -n {target}",
        "mtr -r -c 2 -n -u {target}",
        "mtr -r -c 2 -n -T -P 4000 {target}",
        "traceroute -n {target}",
        "traceroute -n -I {target}",
        "traceroute -n -T -p 4000 {target}",
        "traceroute -n -U {target}",
        "tcptraceroute -n {target} 4000",
        "tracepath -n {target}",
    ),
    several(
        "databases",
        "redis mariadb postgresql memcached mosquitto hearing",
        "redis-cli -h {target} ping",
        "redis-cli -h {target} info",
        "redis-cli -h {target} --scan",
        "redis-cli -h {target} -a wrong client list",
        "mariadb --no-defaults -h {target} -u root -pwrong -e status",
        f"mysqladmin --no-defaults -h {{target}} -u {USER} -p{PASSWORD} ping status",
        f"mysqldump --no-defaults -h {{target}} -u {USER} -p{PASSWORD} lab",
        "pg_isready -h {target}",
        f"psql 'postgresql://{USER}:wrong@{{target}}/postgres?sslmode=require' -c ''",
        f"psql 'postgresql://{USER}:{PASSWORD}@{{target}}/postgres?sslmode=disable' -c ''",
        "memcstat --servers={target}",
        SEND.format("stats\\r\\nversion\\r\\nquit\\r\\n", 11211),
        "timeout 4 tsql -H {target} -p 1433 -U sa -P wrong",
        f'{SYSTEM_PYTHON} "{MONGO}"',
        "timeout 2 mosquitto_sub -h {target} -t '$SYS/#' -V mqttv5",
        "timeout 2 mosquitto_sub -h {target} -t '#' -V mqttv31 -i desk",
        "timeout 4 amqp-declare-queue -u amqp://{target} -q lab",
        "timeout 4 kcat -L -b {target}:2000 -m 2",
        "timeout 3 gearadmin -h {target} --status",
    ),
    several(
        "rare-services",
        "hearing iscsi pptp kdc cups once",
        "sh -c 'DISPLAY={target}:0 timeout 3 xeyes'",
        "timeout 3 curl -sS rtsp://{target}/stream",
        "timeout 3 ffprobe -v error rtsp://{target}/stream",
        "lpstat -h {target} -a",
        "ipptool -tv ipp://{target}/ /usr/share/cups/ipptool/get-printers.test",
        "timeout 3 rsync rsync://{target}/",
        "timeout 3 git ls-remote git://{target}/lab",
        "timeout 3 iscsiadm -m discovery -t sendtargets -p {target}",
        "timeout 3 finger root@{target}",
        "timeout 3 whois -h {target} example.test",
        "timeout 3 nbd-client -l {target}",
        "timeout 4 echoscu {target} 11112",
        "timeout 4 tftp {target} -c get file",
        "timeout 3 coap-client-notls -B 2 coap://{target}/.well-known/core",
        "timeout 3 coap-client-notls -B 2 coap://{target}/sensors",
        "timeout 4 ipmitool -I lan -H {target} -U a -P b -R 1 -N 1 chassis status",
        "timeout 4 ipmitool -I lanplus -H {target} -U a -P b -R 1 -N 1 mc info",
        "timeout 3 rmcpping -c 2 {target}",
        "timeout 3 ipmiping -c 2 {target}",
        "timeout 4 openvpn --client --dev null --nobind --remote {target} 1194 udp"
        " --ca {folder}/tls.pem --auth-user-pass /dev/null",
        "timeout 4 pptp {target} --nolaunchpppd",
        "timeout 4 turnutils_stunclient {target}",
        "timeout 4 turnutils_natdiscovery -m {target}",
        "sh -c 'echo User-Name=a | timeout 4 radclient -r 1 -t 1 {target} auth secret'",
        "sh -c 'echo Message-Authenticator=0 | timeout 4 radclient -r 1 -t 1 {target} status s'",
        "timeout 4 openssl s_client -dtls -connect {target}:443",
        "timeout 4 mbpoll -m tcp -a 1 -r 1 -c 2 -1 -p 2000 {target}",
        *(
            f"timeout 4 quakestat -timeout 1 -{game} {{target}}"
            for game in ("q3s", "qs", "q2s", "a2s", "tsqs", "terrariass", "mcs", "vens")
        ),
        "isql-fb -user a -password b {target}:/lab",
        "kinit -n @EXAMPLE.TEST",
        "sh -c 'echo wrong | kinit nobody'",
    ),
    several(
        "rdp-clients",
        "xrdp",
        *(
            "xvfb-run -a timeout 5 xfreerdp /v:{target} /u:alice /p:x /cert:ignore +auth-only"
            f" /sec:{kind}"
            for kind in ("rdp", "tls", "nla")
        ),
        "xvfb-run -a timeout 4 rdesktop -u alice -p x {target}",
    ),
    several(
        "sip-clients",
        "kamailio",
        "sipsak -s sip:alice@{target}",
        "sipsak -U -C sip:a@b -s sip:alice@{target} -x 30",
        "sipsak -T -s sip:alice@{target}",
        "sipsak -M -s sip:alice@{target} -B hello",
        "/usr/lib/nagios/plugins/check_udp -H {target} -p 5060 -s x -e x",
    ),
    several(
        "ftp-clients",
        "vsftpd",
        "lftp -e 'ls; get letter.txt -o /dev/null; bye' ftp://{target}",
        "curl -sS ftp://{target}/",
        "curl -sS --ftp-port - ftp://{target}/letter.txt",
        "wget -q -O - --no-passive-ftp ftp://{target}/letter.txt",
        'sh -c \'printf "user anonymous a@b\\nsystem\\nstatus\\nls\\npassive\\nls\\nbye\\n"'
        " | tnftp -n {target}'",
        "ncftpls ftp://{target}/",
    ),
)
