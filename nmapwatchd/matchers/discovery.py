"""Fixed calls by which programs find servers on a LAN; each signature says its message whole."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

MATCHER = Matcher(name="discovery", title="Discovery calls", transports=(Transport.UDP,))
