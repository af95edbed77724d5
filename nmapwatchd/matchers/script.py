"""Logins and names that nmap's scripts send in protocols without a matcher, on any port."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

# Each signature fixes its message's start, and reads the common fields only.
MATCHER = Matcher(name="script", title="Scripts' own messages", transports=(Transport.TCP,))
