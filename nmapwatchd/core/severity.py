"""How severe a scan is, by what it did and how certain its source is."""

from collections.abc import Container
from enum import IntEnum

from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.explanation import Activity

# Targets from which a scan is one of many hosts: more than an administrator checks by hand.
MANY_HOSTS = 16
# Packets up to which a scan whose source may be spoofed is a few: nmap asks four times whether a
# host is there, and again if nobody answers.
FEW_PACKETS = 8


class Level(IntEnum):
    """The severity of a scan; a higher one is more severe."""

    EXPECTED = 0  # authorised
    FEW_PACKETS = 1  # up to `FEW_PACKETS`, whose source may be spoofed
    UNPROVEN = 2  # more, whose source may be spoofed
    ONE_HOST = 3  # a proven source, and fewer targets than `MANY_HOSTS`
    OS_DETECTION = 4  # or anything more severe whose source may be spoofed
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
# Caveats that hold for all of a scan, by which somebody else may have caused it. Such a scan is no
# more severe than OS detection, which nmap does with packets that anyone can forge: nobody is to be
# paged for what another host sends in his name. `proxied` is not among them: one request with a
# proxy's header sets it, so that a scanner could lower the severity of all its others.
_UNPROVEN = frozenset({Caveat.SPOOFABLE, Caveat.TUNNELLED, Caveat.RELAYABLE})


def level(
    activity: Activity, caveats: Container[str], targets: int, packets: int, expected: str = ""
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
    if not any(caveat in caveats for caveat in _UNPROVEN):
        return found
    if found is Level.ONE_HOST:
        return Level.FEW_PACKETS if packets <= FEW_PACKETS else Level.UNPROVEN
    return min(found, Level.OS_DETECTION)
