"""What the sightings of one window add up to."""

import ipaddress
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

# Destinations whose weak evidence a window stores: more hosts than nmap scans at a time. The one
# without a sighting for the longest time is evicted, and counted; what others have is kept.
MAXIMUM_DESTINATIONS = 256
# Weak rules of one destination that count. An inventory sends a dozen discovery protocols to a
# host, each of which is a weak rule; how many it speaks says nothing about nmap.
MAXIMUM_WEAK_RULES = 5


@dataclass(slots=True)
class _Destination:
    """
    What was seen of one destination.

    Args:
        earned: the score that each rule has added, by id.
        strong: the sum of those that are not weak.
        weak: those of weak rules.
    """

    earned: dict[str, int] = field(default_factory=dict)
    strong: int = 0
    weak: list[int] = field(default_factory=list)


class Evidence:
    """
    The score of one window.

    Several pieces of evidence add up if one run of the tool explains them. Rules that hardly any
    other software triggers do, wherever they were sighted. Weak ones do only for one destination,
    and only some of them: ordinary discovery protocols to many hosts are what inventories send. At
    a multicast or broadcast address, where every discovery protocol is at home, they do not.
    """

    def __init__(self) -> None:
        self._destinations: OrderedDict[str, _Destination] = OrderedDict()
        self._strong: dict[str, int] = {}  # the score that each rule has added, by id
        self.score = 0
        self.evicted = 0  # destinations

    def add(self, destination: str, scores: Mapping[str, int], weak: Mapping[str, int]) -> None:
        """
        Add what one observation shows.

        One message is one piece of evidence, however many rules describe it: it counts as much as
        the highest of them, less what another one of them has earned before.

        Args:
            destination: the address that it was sent to.
            scores: the scores of the rules that matched it and are not weak, by id.
            weak: those of the weak ones.
        """
        known = self._destination(destination)
        gain = _earn(known.earned, {**weak, **scores})
        if scores:
            _earn(self._strong, scores)
            known.strong += gain
        elif gain:
            known.weak.append(gain)
        counted = 1 if _is_for_many(destination) else MAXIMUM_WEAK_RULES
        best = sorted(known.weak, reverse=True)[:counted]
        self.score = max(self.score, sum(self._strong.values()), known.strong + sum(best))

    def _destination(self, address: str) -> _Destination:
        """Return what is known of a destination, and make room for it."""
        known = self._destinations.get(address)
        if known is not None:
            self._destinations.move_to_end(address)
            return known
        if len(self._destinations) >= MAXIMUM_DESTINATIONS:
            self._destinations.popitem(last=False)
            self.evicted += 1
        known = self._destinations[address] = _Destination()
        return known


def _earn(earned: dict[str, int], scores: Mapping[str, int]) -> int:
    """Add the highest of some scores, less what another one has earned, and return the gain."""
    best = max(scores, key=scores.__getitem__)
    gain = scores[best] - max(earned.get(name, 0) for name in scores)
    if gain <= 0:
        return 0
    earned[best] = scores[best]
    return gain


def _is_for_many(destination: str) -> bool:
    """Return whether an address is a multicast or, as far as it shows, a broadcast address."""
    try:
        address = ipaddress.ip_address(destination)
    except ValueError:
        return False
    # The network's prefix is unknown; a host's address ends in 255 in large networks only.
    return address.is_multicast or (address.version == 4 and address.packed[-1] == 0xFF)
