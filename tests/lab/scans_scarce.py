"""Scans with scripts of rare services; the first message of each script is enough."""

from __future__ import annotations

from tests.lab.kinds import Scan
from tests.lab.scans_families import FEW, scan

ARGUMENTS = ",".join(
    (
        FEW,
        "sid=XE",
        "distcc-cve2004-2687.cmd=id",
        "drda-brute.dbname=lab",
    )
)


def scarce(name: str, server: str, ports: str, scripts: str, target: str = "{target}") -> Scan:
    """Return a scan with some scripts, each of which has a timeout of 4 seconds."""
    options = f"--script-timeout 4s --script-args {ARGUMENTS}"
    return scan(name, "scarce", server, f"-Pn {ports} --script {scripts} {options} {target}")


SCARCE = (
    scarce(
        "scripts-databases",
        "scarce",
        "-p1433,1521,1526,5019,7210,9160,27017,50000",
        "ms-sql-info,ms-sql-empty-password,oracle-brute-stealth,oracle-sid-brute,informix-brute,"
        "versant-info,maxdb-info,cassandra-info,cassandra-brute,mongodb-info,drda-brute",
    ),
    scarce(
        "scripts-industry",
        "scarce",
        "-p102,502,1962,9600",
        "s7-info,modbus-discover,pcworx-info,omron-info",
    ),
    scarce(
        "scripts-files",
        "scarce",
        "-p104,523,524,548,3205,8009,10000",
        "dicom-ping,db2-das-info,ncp-serverinfo,afp-ls,isns-info,ajp-headers,ndmp-version",
    ),
    scarce(
        "scripts-hosts",
        "scarce",
        "-p13,175,512,513,2002,2628,3031,3632,9998,19150",
        "daytime,nje-node-brute,rexec-brute,rlogin-brute,rpcap-info,dict-info,eppc-enum-processes,"
        "distcc-cve2004-2687,uptime-agent-info,gkrellm-info",
    ),
    scarce(
        "scripts-others",
        "scarce",
        "-p1352,1599,2401,5222,6633,8000,8291,8333,9100,11210",
        "domino-enum-users,impress-remote-discover,cvs-brute-repository,xmpp-info,openflow-info,"
        "qconn-exec,jdwp-info,bitcoin-info,membase-brute,pjl-ready-message",
    ),
    scarce(
        "scripts-proxies",
        "scarce",
        "-p3128,7547",
        "http-open-proxy,http-proxy-brute,http-vuln-misfortune-cookie",
    ),
    scarce(
        "scripts-datagrams",
        "mute",
        "-sU -p13,67,523,1900,3702,3784,4569,5351,6481,9600,11211,47808",
        "daytime,dhcp-discover,db2-das-info,upnp-info,wsdd-discover,ventrilo-info,iax2-version,"
        "nat-pmp-info,servicetags,omron-info,memcached-info,bacnet-info",
    ),
    scarce(
        "scripts-dns",
        "bind",
        "-sU -p53",
        "dns-random-srcport,dns-random-txid,dns-cache-snoop,dns-nsec3-enum,dns-client-subnet-scan,"
        "dns-update,dns-check-zone",
    ),
    scarce("scripts-irc", "irc", "-p6667", "irc-botnet-channels,irc-unrealircd-backdoor"),
    scarce("scripts-ftp", "vsftpd", "-p21", "ftp-vsftpd-backdoor,ftp-libopie"),
    scarce(
        "scripts-smb",
        "samba_legacy",
        "-p445",
        "smb-vuln-ms17-010,smb-vuln-cve2009-3103",
        "{legacy}",
    ),
    scarce("scripts-sip", "kamailio", "-sU -p5060", "sip-brute,sip-call-spoof"),
    scarce("scripts-rdp", "xrdp", "-p3389", "rdp-vuln-ms12-020"),
    scarce(
        "scripts-http",
        "nginx",
        "-p80",
        "http-aspnet-debug,http-huawei-hg5xx-vuln,http-mcmp,http-ntlm-info,http-sap-netweaver-leak,"
        "http-shellshock,http-trace,http-vuln-cve2012-1823,http-vuln-cve2013-6786,"
        "http-vuln-cve2014-2126,http-vuln-cve2017-5638,sstp-discover",
    ),
    scarce(
        "scripts-http-waf",
        "nginx",
        "-p80",
        "http-waf-detect,http-waf-fingerprint,http-vuln-cve2011-3368,http-traceroute",
    ),
    scarce("scripts-raw", "closing", "-p4000", "ipidseq"),
    scan(
        "scripts-broadcast",
        "scarce",
        "closing",
        "--script broadcast-dhcp-discover,broadcast-igmp-discovery,broadcast-pim-discovery"
        " --script-args broadcast-dhcp-discover.timeout=2,broadcast-igmp-discovery.timeout=1s,"
        "broadcast-pim-discovery.timeout=1s,broadcast-igmp-discovery.interface=eth0"
        " -Pn -sS -p4000 {target}",
    ),
    scan("telnet-version", "probes", "greeting", "-sV -p23 {target}"),
)
