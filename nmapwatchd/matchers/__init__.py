"""One module per protocol: how its messages start, and the fields in them."""

from collections.abc import Mapping

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.matchers import (
    database,
    dhcp,
    discovery,
    dns,
    ftp,
    http,
    icmp,
    icmpv6,
    ike,
    ip,
    irc,
    kerberos,
    mail,
    misplaced,
    mongodb,
    netbios,
    ntlm,
    payload,
    rdp,
    rpc,
    rtsp,
    script,
    sctp,
    sip,
    smb,
    smb2,
    smtp,
    snmp,
    ssh,
    tcp,
    tds,
    tls,
    tns,
    udp,
)

# In the order in which a packet's sightings are reported: fixed bytes after the protocols.
_MODULES = (
    database, dhcp, discovery, dns, ftp, http, icmp, icmpv6, ike, ip, irc, kerberos, mail,
    misplaced, mongodb, netbios, ntlm, rdp, rpc, rtsp, script, sctp, sip, smb, smb2, smtp, snmp,
    ssh, tcp, tds, tls, tns, udp, payload,
)  # fmt: skip

MATCHERS: Mapping[str, Matcher] = {module.MATCHER.name: module.MATCHER for module in _MODULES}
