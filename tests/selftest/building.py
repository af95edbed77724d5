"""Builds canaries as an interface captures them."""

from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation, Transport
from tests.building import observation


def canary_on(interface: str, token: str) -> Observation:
    """Return a canary that was captured on an interface."""
    return observation(
        interface=interface,
        source=canary.SOURCE,
        destination="192.0.2.2",
        destination_port=9,
        transport=Transport.UDP,
        payload=canary.packet(token)[28:],
    )
