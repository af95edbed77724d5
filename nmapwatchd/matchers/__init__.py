"""One module per protocol: how its messages begin, and what can be read in them."""

from collections.abc import Mapping

from nmapwatchd.core.matcher import Matcher
from nmapwatchd.matchers import dns, http, netbios, ntlm, payload, smb, smb2, ssh, tls

MATCHERS: Mapping[str, Matcher] = {
    matcher.name: matcher
    for matcher in (
        dns.MATCHER,
        http.MATCHER,
        netbios.MATCHER,
        ntlm.MATCHER,
        smb.MATCHER,
        smb2.MATCHER,
        ssh.MATCHER,
        tls.MATCHER,
        payload.MATCHER,
    )
}
