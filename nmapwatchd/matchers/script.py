"""Logins and names of scripts in protocols that need no matcher of their own, on any port."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

# Each signature says how its message begins; nothing but the common fields is asked about.
MATCHER = Matcher(name="script", title="Scripts' own messages", transports=(Transport.TCP,))
