"""A plan is everything the edge to the wire needs of a catalogue, compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.sieve.kernel import kernel_filters
from nmapwatchd.sieve.tshark import Dissection, dissection


@dataclass(frozen=True, slots=True)
class Plan:
    """The kernel's filter for each link type, as classic BPF, and what tshark is told."""

    kernel: Mapping[int, bytes]
    dissection: Dissection


def plan(catalogue: Catalogue) -> Plan:
    """Compile a catalogue."""
    return Plan(kernel_filters(catalogue), dissection(catalogue))
