"""A plan is everything the edge to the wire needs of a catalogue, compiled once."""

from dataclasses import dataclass

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.sieve.kernel import kernel_filter
from nmapwatchd.sieve.tshark import Dissection, dissection


@dataclass(frozen=True, slots=True)
class Plan:
    """The kernel filters, for links with and without VLAN tags, and what tshark is told."""

    tagged: str
    untagged: str
    dissection: Dissection


def plan(catalogue: Catalogue) -> Plan:
    """Compile a catalogue."""
    return Plan(
        tagged=kernel_filter(catalogue),
        untagged=kernel_filter(catalogue, tags=0),
        dissection=dissection(catalogue),
    )
