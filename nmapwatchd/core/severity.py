"""How severe a scan is, by what it did and how certain its source is."""

from collections.abc import Container
from enum import IntEnum

from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.explanation import Activity

# Targets from which a scan is one of many hosts: more than an administrator checks by hand.
MANY_HOSTS = 16


class Level(IntEnum):
    """The severity of a scan; a higher one is more severe."""

    EXPECTED = 0  # authorised
    SINGLE_PACKET = 1  # one packet, whose source may be spoofed
    UNPROVEN = 2  # several, whose source may be spoofed
    ONE_HOST = 3  # a proven source, and few targets
    OS_DETECTION = 4
    SERVICES = 5  # versions, and scripts that are not intrusive
    INTRUSIVE = 6  # brute force, exploits, denial of service
    MANY_HOSTS = 7


# What raises a scan of a proven source.
_BY_ACTIVITY = {
    Activity.DISCOVERY: Level.ONE_HOST,
    Activity.OS_DETECTION: Level.OS_DETECTION,
    Activity.SERVICES: Level.SERVICES,
    Activity.INTRUSIVE: Level.INTRUSIVE,
}
# Caveats by which somebody else may have caused the packets. Such a scan is not more severe than
# OS detection, so that nobody can have an innocent host paged for.
_INNOCENT = frozenset({Caveat.SPOOFABLE, Caveat.TUNNELLED, Caveat.RELAYABLE})


def level(
    activity: Activity, caveats: Container[str], targets: int, packets: int, expected: str
) -> Level:
    """
    Return the severity of a scan.

    Args:
        activity: what it did.
        caveats: reasons why its source may not be the scanner, of `Caveat`.
        targets: the number of addresses scanned.
        packets: the number of packets with a sighting.
        expected: the authorisation that covers it, or ''.
    """
    if expected:
        return Level.EXPECTED
    found = Level.MANY_HOSTS if targets >= MANY_HOSTS else _BY_ACTIVITY[activity]
    if all(caveat not in caveats for caveat in _INNOCENT):
        return found
    if activity is Activity.DISCOVERY and targets < MANY_HOSTS:
        return Level.SINGLE_PACKET if packets == 1 else Level.UNPROVEN
    return min(found, Level.OS_DETECTION)
