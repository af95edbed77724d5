"""One module per protocol: how its messages begin, and what can be read in them."""

from collections.abc import Mapping

from nmapwatchd.core.matcher import Matcher
from nmapwatchd.matchers import (
    dns,
    ftp,
    http,
    icmp,
    icmpv6,
    ike,
    irc,
    kerberos,
    mail,
    misplaced,
    netbios,
    ntlm,
    payload,
    rdp,
    rpc,
    rtsp,
    script,
    sip,
    smb,
    smb2,
    smtp,
    snmp,
    ssh,
    tcp,
    tls,
    udp,
)

MATCHERS: Mapping[str, Matcher] = {
    matcher.name: matcher
    for matcher in (
        dns.MATCHER,
        ftp.MATCHER,
        http.MATCHER,
        icmp.MATCHER,
        icmpv6.MATCHER,
        ike.MATCHER,
        irc.MATCHER,
        kerberos.MATCHER,
        mail.MATCHER,
        misplaced.MATCHER,
        netbios.MATCHER,
        ntlm.MATCHER,
        rdp.MATCHER,
        rpc.MATCHER,
        rtsp.MATCHER,
        script.MATCHER,
        sip.MATCHER,
        smb.MATCHER,
        smb2.MATCHER,
        smtp.MATCHER,
        snmp.MATCHER,
        ssh.MATCHER,
        tcp.MATCHER,
        tls.MATCHER,
        udp.MATCHER,
        payload.MATCHER,
    )
}
