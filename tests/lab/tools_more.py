"""More scanners and tools: one capture per family, as if one host ran them all."""

from __future__ import annotations

from tests.lab.clients_checks import several
from tests.lab.kinds import OtherTool
from tests.lab.materials import PASSWORD, USER

ROUTER = "52:54:00:77:00:08"
MASSCAN = (
    f"timeout 15 masscan --interface eth0 --router-mac {ROUTER} --source-ip 10.77.0.77 --wait 2"
)
ZMAP = f"zmap -q -i eth0 -G {ROUTER} -S 10.77.0.6 -r 100 -c 1 -b /dev/null -o - 10.77.0.8/32"
SCAPY = (
    "from scapy.all import *; conf.verb = 0;"
    "[sr1(IP(dst='{target}', ttl={ttl}) / TCP(sport=40000, dport=p, flags='S', window=1024,"
    " seq=12345, options=[('MSS', 1460)]), timeout=0.1) for p in (21, 22, 23, 80, 443)];"
    "send(IP(dst='{target}') / TCP(dport=80, flags='A', window=1024));"
    "send(IP(dst='{target}') / TCP(dport=81, flags='FPU'));"
    "send(IP(dst='{target}') / TCP(dport=81, flags=0));"
    "send(IP(dst='{target}') / ICMP(type=13));"
    "send(IP(dst='{target}') / UDP(dport=53))"
)
BRUTE = "-l bob -p wrong -t 1 -I -w 3"


def others(name: str, servers: str, *lines: str) -> OtherTool:
    """Return a scenario of several commands of other tools; it fails if a program is absent."""
    run = several(name, servers, *lines)
    return OtherTool(run.name, run.servers, run.argv, run.expected_output, run.exit_statuses)


TOOLS_MORE = (
    others(
        "masscan-ports",
        "closing",
        f"{MASSCAN} -p20-60,80,443,4000 --rate 500 10.77.0.8",
        f"{MASSCAN} -p4000 --rate 50 --ttl 51 10.77.0.8",
        f"{MASSCAN} -p1-20 --ping --rate 200 10.77.0.8",
    ),
    others(
        "masscan-udp-all",
        "once",
        f"{MASSCAN} --rate 100 --retries 1"
        " -pU:7,53,69,111,123,137,161,389,500,623,1434,1900,3283,3702,5060,5351,5353"
        ",U:5683,U:11211,U:27960 10.77.0.8",
    ),
    others(
        "zmap-modules",
        "closing once",
        f"{ZMAP} -p 4000",
        f"{ZMAP} -M icmp_echoscan",
        f"{ZMAP} -M udp -p 161 --probe-args=text:hello",
        f"{ZMAP} -M tcp_synackscan -p 4000",
        f"{ZMAP} -M ntp -p 123",
        f"{ZMAP} -M upnp -p 1900",
    ),
    others(
        "hping3-modes",
        "closing",
        *(
            f"hping3 -q -c 4 -i u2000 {mode} {{target}}"
            for mode in (
                "-S -w 1024 -p 4000",
                "-S -w 1024 -p ++20 -s 40000 -k",
                "-S -w 1024 -t 51 -p 4000",
                "-A -p 80",
                "-A -w 1024 -M 0 -p 80",
                "-F -p 80",
                "-F -w 1024 -p 80",
                "-F -P -U -p 80",
                "-p 80",
                "--icmp",
                "--icmp --icmptype 13",
                "--icmp -C 17",
                "-2 -p 53 -d 300",
                "-S -p 443 -d 20",
                "--scan 20-25 -S",
            )
        ),
    ),
    others(
        "scapy-imitation",
        "closing",
        '/usr/bin/python3 -c "' + SCAPY.replace("{ttl}", "64") + '"',
    ),
    others(
        "nping",
        "closing",
        "nping -q --tcp -p 4000,80 -c 2 {target}",
        "nping -q --tcp-connect -p 4000 -c 2 {target}",
        "nping -q --udp -p 53,161 -c 1 {target}",
        "nping -q --icmp -c 2 {target}",
        "nping -q --icmp --icmp-type timestamp -c 1 {target}",
        "nping -q --arp -c 1 {target}",
        "nping -q --tcp --flags ack --win 1024 -p 80 -c 1 {target}",
    ),
    others(
        "tls-testers",
        "nginx",
        "timeout 19 testssl --quiet --color 0 --fast --warnings off {target}:443",
        "sslscan --show-sigs {target}:443",
    ),
    others(
        "web-testers",
        "nginx",
        "gobuster dir -q -u http://{target}/ -w /usr/share/dirb/wordlists/small.txt -a probe",
        "dirb http://{target}/ {folder}/words -S -r",
        "ffuf -s -u http://{target}/FUZZ -w {folder}/words",
        "wafw00f http://{target}/",
        "whatweb --color=never -a 3 http://{target}/",
        "curl -sS -A 'Mozilla/5.00 (Nikto/2.5.0)' http://{target}/nikto-test http://{target}/HNAP1"
        " http://{target}/.git/HEAD http://{target}/robots.txt http://{target}/sdk",
    ),
    others(
        "brute-forcers",
        "openssh vsftpd dovecot mariadb postgresql redis snmpd slapd postfix xrdp kamailio hearing",
        *(
            f"timeout 8 hydra {BRUTE} {service}"
            for service in (
                "ssh://{target}",
                "ftp://{target}",
                "imap://{target}",
                "pop3://{target}",
                "mysql://{target}",
                "postgres://{target}",
                "redis://{target}",
                "snmp://{target}",
                "ldap2://{target}",
                "ldap3://{target}",
                "smtp://{target}",
                "smtp-enum://{target}",
                "rdp://{target}",
                "sip://{target}",
                "telnet://{target}",
                "irc://{target}",
                "rtsp://{target}",
                "mssql://{target}",
                "vnc://{target}",
            )
        ),
        *(
            f"timeout 8 medusa -h {{target}} -u bob -p wrong -M {module}"
            for module in (
                "ssh",
                "ftp",
                "imap",
                "pop3",
                "mysql",
                "postgres",
                "smtp",
                "snmp",
                "telnet",
            )
        ),
        "timeout 8 patator ssh_login host={target} user=bob password=wrong",
        "timeout 8 patator ftp_login host={target} user=bob password=wrong",
        "timeout 8 patator smtp_vrfy host={target} user=root",
    ),
    others(
        "ncrack-modules",
        "openssh vsftpd dovecot mariadb postgresql redis nginx hearing",
        *(
            f"timeout 12 ncrack --user bob --pass wrong -T5 {service}"
            for service in (
                "ssh://{target}",
                "ftp://{target}",
                "imap://{target}",
                "pop3://{target}",
                "mysql://{target}",
                "psql://{target}",
                "redis://{target}",
                "http://{target}/private",
                "telnet://{target}",
                "mssql://{target}",
                "mongodb://{target}",
                "rdp://{target}:5038",
            )
        ),
    ),
    others(
        "smb-testers",
        "samba samba_legacy",
        "nbtscan -v {target}",
        f"rpcclient -U {USER}%{PASSWORD} -c 'querydominfo; enumdomusers; lsaquery' {{target}}",
    ),
    others(
        "snmp-testers",
        "snmpd",
        "onesixtyone {target} public",
        "onesixtyone -c {folder}/words {target}",
        "timeout 5 medusa -h {target} -u a -p public -M snmp",
        "timeout 8 hydra -P {folder}/words -t 1 -I snmp://{target}",
    ),
    others(
        "name-testers",
        "bind",
        "dnsrecon -d example.test -n {target} -t std --lifetime 1",
        "dnsrecon -d example.test -n {target} -t axfr --lifetime 1",
        "dnsrecon -d example.test -n {target} -t brt -D {folder}/words --lifetime 1",
        "dnsenum --noreverse --dnsserver {target} -f {folder}/words example.test",
        "fierce --domain example.test --dns-servers {target} --subdomains www mail target",
    ),
    others(
        "telephone-and-tunnel-testers",
        "kamailio once",
        "timeout 6 svmap {target}",
        "timeout 6 svwar -e100-103 {target}",
        "timeout 6 svcrack -u100 -r1-3 {target}",
        "timeout 6 ike-scan -r 1 -t 200 {target}",
        "timeout 6 ike-scan -A -M -r 1 -t 200 {target}",
        "timeout 6 ike-scan -2 -r 1 -t 200 {target}",
    ),
    others(
        "sweepers",
        "closing",
        "fping -q -c 1 -g 10.77.0.0/28",
        "arp-scan -q -I eth0 10.77.0.0/28",
        "timeout 8 netdiscover -P -i eth0 -r 10.77.0.0/28",
        "arping -c 2 -I eth0 {target}",
        "ncat -z -w 1 {target} 4000",
        "nc -zvw1 {target} 20-30",
        "nc -zuvw1 {target} 53",
        "sh -c 'for p in 21 22 80 4000; do ncat -v -i 1 -w 1 {target} $p </dev/null; done'",
    ),
)
