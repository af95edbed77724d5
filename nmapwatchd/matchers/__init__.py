"""One module per protocol: how its messages begin, and what can be read in them."""

from collections.abc import Mapping

from nmapwatchd.core.matcher import Matcher
from nmapwatchd.matchers import (
    dns,
    ftp,
    http,
    irc,
    mail,
    misplaced,
    netbios,
    ntlm,
    payload,
    rdp,
    rtsp,
    script,
    sip,
    smb,
    smb2,
    smtp,
    ssh,
    tls,
)

MATCHERS: Mapping[str, Matcher] = {
    matcher.name: matcher
    for matcher in (
        dns.MATCHER,
        ftp.MATCHER,
        http.MATCHER,
        irc.MATCHER,
        mail.MATCHER,
        misplaced.MATCHER,
        netbios.MATCHER,
        ntlm.MATCHER,
        rdp.MATCHER,
        rtsp.MATCHER,
        script.MATCHER,
        sip.MATCHER,
        smb.MATCHER,
        smb2.MATCHER,
        smtp.MATCHER,
        ssh.MATCHER,
        tls.MATCHER,
        payload.MATCHER,
    )
}
