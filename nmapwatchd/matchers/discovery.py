"""Fixed requests that discover servers on a LAN; each signature has its whole message."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

MATCHER = Matcher(name="discovery", title="Discovery calls", transports=(Transport.UDP,))
