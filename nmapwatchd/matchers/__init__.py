"""One module per protocol: how its messages begin, and what can be read in them."""

from collections.abc import Mapping

from nmapwatchd.core.matcher import Matcher
from nmapwatchd.matchers import dns, http, payload, ssh, tls

MATCHERS: Mapping[str, Matcher] = {
    matcher.name: matcher
    for matcher in (
        http.MATCHER,
        tls.MATCHER,
        ssh.MATCHER,
        dns.MATCHER,
        payload.MATCHER,
    )
}
