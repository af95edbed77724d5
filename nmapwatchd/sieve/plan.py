"""A plan is everything the edge to the wire needs of a catalogue, compiled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.sieve.frame import LINKS
from nmapwatchd.sieve.kernel import Ways, kernel_filter, ways_of
from nmapwatchd.sieve.tshark import Dissection, dissection


@dataclass(frozen=True, slots=True)
class Plan:
    """The kernel's filter for each link type, as classic BPF, and what tshark is told."""

    kernel: Mapping[int, bytes]
    dissection: Dissection
    ways: Ways

    def passing_over(self, link: int, sources: Sequence[str]) -> bytes:
        """Return the kernel's filter for a link type that lets nothing of some sources through."""
        return kernel_filter(link, self.ways, sources)


def plan(catalogue: Catalogue) -> Plan:
    """Compile a catalogue."""
    ways = ways_of(catalogue)
    filters = {link: kernel_filter(link, ways) for link in LINKS}
    return Plan(filters, dissection(catalogue), ways)
