"""Requests of one protocol on the home port of another, as service probes are sent."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

# What waits for the server to speak first, so that a request of another protocol is out of place;
# each signature names the ports, and says how the request begins.
MATCHER = Matcher(name="misplaced", title="Misplaced requests", transports=(Transport.TCP,))
