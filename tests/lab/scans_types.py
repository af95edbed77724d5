"""A minimal scan of every type."""

from __future__ import annotations

from dataclasses import replace

from tests.lab.scans_families import scan

# Unused addresses on the lab's network.
DECOY, DECOY_2, DECOY_6 = "10.77.0.66", "10.77.0.67", "fd77::66"

# Scans with raw packets, by name: nmap's arguments. They run against the closing responder.
_PACKETS = {
    "syn-one-port": "-sS -Pn -p4000 {target}",
    "null-scan": "-sN -p4000,22 {target}",
    "fin-scan": "-sF -p4000,22 {target}",
    "xmas-scan": "-sX -p4000,22 {target}",
    "ack-scan": "-sA -p4000,22 {target}",
    "window-scan": "-sW -p4000,22 {target}",
    "maimon-scan": "-sM -p4000,22 {target}",
    "flags-scan": "-sS --scanflags SYNFIN -p4000,22 {target}",
    "sctp-init-scan": "-sY -p80,81 {target}",
    "sctp-cookie-scan": "-sZ -p80,81 {target}",
    "protocol-scan": "-sO -p1,2,4,6,17,47,50 {target}",
    "fragments": "-sS -f -p4000,22 {target}",
    "fragments-of-16": "-sS -ff -p4000,22 {target}",
    "source-port": "-sS -g 53 -p4000,22 {target}",
    "data-length": "-sS --data-length 25 -p4000,22 {target}",
    "bad-checksum": "-sS --badsum -Pn -p4000 {target}",
    "polite-scan": "-sS -T2 -p4000-4003 {target}",
    "ttl-syn-scan": "-sS -Pn --ttl 64 -p4000-4003 {target}",
    "ttl-fin-scan": "-sF -Pn --ttl 128 -p4000-4003 {target}",
    "ttl-ack-scan": "-sA -Pn --ttl 64 -p4000-4003 {target}",
    "ttl-flags-scan": "-sS --scanflags PSHURG -Pn --ttl 64 -p4000-4003 {target}",
    "ttl-fragments": "-sS -f -Pn --ttl 64 -p4000-4003 {target}",
    "ttl-sctp-init-scan": "-sY -Pn --ttl 128 -p80-83 {target}",
    "ttl-protocol-scan": "-sO -Pn --ttl 64 -p4,41,47,50,51 {target}",
    "udp-closed-ports": "-sU -p7,9,11,19 {target}",
    "discovery-syn": "-sn --disable-arp-ping -PS22 {target}",
    "discovery-ack": "-sn --disable-arp-ping -PA80 {target}",
    "discovery-udp": "-sn --disable-arp-ping -PU {target}",
    "discovery-sctp": "-sn --disable-arp-ping -PY {target}",
    "discovery-timestamp": "-sn --disable-arp-ping -PP {target}",
    "discovery-mask": "-sn --disable-arp-ping -PM -PP {target}",
    "discovery-protocols": "-sn --disable-arp-ping -PO {target}",
    "discovery-echo": "-sn --disable-arp-ping -PE {target}",
    "discovery-lan": "-sn {target}",
    "syn-scan-ipv6": "-6 -sS -p4000,4001 {target6}",
}
# Scans that are not recorded with newer versions, which send the same.
_ONE_VERSION = {
    "window-scan", "source-port", "data-length", "bad-checksum", "polite-scan", "discovery-mask",
    "discovery-timestamp", "discovery-sctp", "flags-scan", "sctp-cookie-scan", "fragments-of-16",
    "ttl-syn-scan", "ttl-fin-scan", "ttl-ack-scan", "ttl-flags-scan", "ttl-fragments",
    "ttl-sctp-init-scan", "ttl-protocol-scan",
}  # fmt: skip
# Scans over IPv6.
_IPV6 = {
    "null-scan-ipv6": "-6 -sN -p4000,22 {target6}",
    "fin-scan-ipv6": "-6 -sF -p4000,22 {target6}",
    "xmas-scan-ipv6": "-6 -sX -p4000,22 {target6}",
    "ack-scan-ipv6": "-6 -sA -p4000,22 {target6}",
    "maimon-scan-ipv6": "-6 -sM -p4000,22 {target6}",
    "sctp-cookie-scan-ipv6": "-6 -sZ -p80,81 {target6}",
    "udp-closed-ports-ipv6": "-6 -sU -p7,9,11,19 {target6}",
    "discovery-echo-ipv6": "-6 -sn --disable-arp-ping -PE -PS22 {target6}",
    "node-information": "-6 -p4000 --script ipv6-node-info {target6}",
}

TYPES = (
    *(
        scan(name, "packets", "closing", line, name not in _ONE_VERSION)
        for name, line in _PACKETS.items()
    ),
    *(scan(name, "packets", "closing", line) for name, line in _IPV6.items()),
    scan("bounce", "ftp", "vsftpd", "-b {target}:2121 -Pn -p22,4000 {target}", True),
    # A current Linux cannot be a zombie: nmap tests that, sends the packets of the test, and fails.
    replace(
        scan("idle-scan", "packets", "closing", "-sI {legacy} -Pn -p4000 {target}", True),
        exit_statuses=(1,),
    ),
    replace(
        scan("decoys", "packets", "closing", f"-sS -Pn -D {DECOY} -p4000 {{target}}", True),
        decoys=(DECOY,),
    ),
    replace(
        scan(
            "decoys-version",
            "packets",
            "nginx",
            f"-sS -sV -Pn -D {DECOY},ME,{DECOY_2} -p80,4000,4001 {{target}}",
            True,
        ),
        decoys=(DECOY, DECOY_2),
    ),
    replace(
        scan(
            "decoys-ipv6", "packets", "closing", f"-6 -sS -Pn -D {DECOY_6} -p4000,4001 {{target6}}"
        ),
        decoys=(DECOY_6,),
    ),
    scan("udp-unanswered", "packets", "mute", "-sU -p5351,623 {target}", True),
    scan(
        "udp-unanswered-scripts",
        "packets",
        "mute",
        "-sU -p1258,3671,8611,20110 {target} --script-timeout 5s --script"
        " allseeingeye-info,bjnp-discover,knx-gateway-info,quake3-master-getservers",
        True,
    ),
    scan(
        "udp-unanswered-brute",
        "packets",
        "mute",
        "-sU -p4569 {target} --script-timeout 5s --script iax2-brute",
    ),
    scan("version-speaks-first", "ssh", "openssh", "-sV -p22 {target}", True),
    scan("version-unprivileged", "ssh", "openssh", "--unprivileged -sV -p22 {target}"),
)
