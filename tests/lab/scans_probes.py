"""Scans with service probes, script sets and raw packets."""

from __future__ import annotations

from tests.lab.scans_families import scan

USUAL = "-p88,175,554,1883,2001,3388,5061,6000,7777,9999"

PROBES = (
    scan("probes-tcp-all", "probes", "closing", "-p4000 -sV --version-all {target}", True),
    scan("probes-tcp-default", "probes", "closing", "-p4001 -sV {target}", True),
    scan("probes-tcp-light", "probes", "closing", "-p4002 -sV --version-light {target}"),
    scan("probes-tcp-usual-ports", "probes", "closing", f"{USUAL} -sV {{target}}", True),
    scan("probes-tcp-ipv6", "probes", "closing", "-6 -p4000 -sV {target6}"),
    scan("probes-tcp-vlan", "probes", "closing", "-p4000 -sV {vlan}"),
    scan("probes-tcp-qinq", "probes", "closing", "-p4000 -sV {qinq}"),
    scan("probes-tcp-on-ftp-port", "ftp", "closing", "-p20021 -sV --version-all {target}"),
    scan("probes-tcp-after-greeting", "probes", "greeting", "-p4100,2100 -sV {target}"),
    scan(
        "probes-tcp-silent",
        "probes",
        "silent",
        "-p4200 -sV --version-light --script-timeout 5s --host-timeout 60s {target}",
    ),
    scan("scripts-silent", "probes", "silent", "-p4200 -sC {target}", True),
    scan("scripts-closing", "probes", "closing", "-p4000,2001,6000 -sC {target}"),
    scan("probes-udp-all", "probes", "once", "-sU -p4000 -sV --version-all {target}", True),
    scan(
        "probes-udp-usual-ports",
        "probes",
        "once",
        "-sU -p69,111,123,137,443,500,1434,4500,5683 -sV {target}",
        True,
    ),
    scan(
        "payloads-udp",
        "probes",
        "once",
        "-sU -p7,53,69,80,88,111,123,137,161,177,389,427,443,500,520,626,1434,1645,1701,1812,"
        "2049,3283,3389,3478,3671,5060,5353,5683,10080,17185,27015,64738 {target}",
        True,
    ),
    scan(
        "payloads-udp-ipv6", "probes", "once", "-6 -sU -p53,111,123,161,443,500,5060,5353 {target6}"
    ),
    scan("syn-scan", "packets", "closing", "-sS -p1-100 {target}", True),
    scan("connect-scan", "packets", "closing", "-sT -p1-100 {target}"),
    scan(
        "host-discovery",
        "packets",
        "closing",
        "-sn -PE -PS443 -PA80 -PP --disable-arp-ping {target}",
    ),
    scan("os-detection", "packets", "closing", "-O -p4000,22 {target}", True),
    scan("os-detection-ipv6", "packets", "closing", "-6 -O -p4000,22 {target6}"),
    scan("aggressive-http", "packets", "nginx", "-A -p80,81 {target}", True),
    scan("aggressive-ssh", "packets", "openssh", "-A -p22,23 {target}"),
    scan(
        "default-scripts-many",
        "packets",
        "openssh nginx vsftpd postfix",
        "-sC -p21,22,25,80 {target}",
    ),
)
