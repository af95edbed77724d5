"""Requests of one protocol on the assigned port of another, as service probes are sent."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport

# Requests to ports on which the server sends first, so that a request of another protocol is out of
# place. Each signature lists its ports and fixes the start of the request.
MATCHER = Matcher(name="misplaced", title="Misplaced requests", transports=(Transport.TCP,))
