"""A plan is everything the edge to the wire needs of a catalogue, compiled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.clauses import Clauses, clauses_of
from nmapwatchd.filters.dissection import Dissection, dissection
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.filters.kernel import kernel_filter


@dataclass(frozen=True, slots=True)
class CompiledFilters:
    """The kernel's filter for each link type, as classic BPF, and what tshark is told."""

    kernel: Mapping[int, bytes]
    dissection: Dissection
    ways: Clauses

    def without_sources(self, link: int, sources: Sequence[str]) -> bytes:
        """Return the kernel's filter for a link type that lets nothing of some sources through."""
        return kernel_filter(link, self.ways, sources)


def compile_filters(catalogue: Catalogue) -> CompiledFilters:
    """
    Compile a catalogue, and with it our own canary.

    Raises:
        OperatorError: its signatures ask for the whole wire, or for more than a filter can hold.
    """
    catalogue = Catalogue((*catalogue.matcher_rules, *canary.CATALOGUE.matcher_rules))
    try:
        ways = clauses_of(catalogue)
        filters = {link: kernel_filter(link, ways) for link in LINKS}
    except ValueError as error:
        raise OperatorError(Diagnostic("signatures", str(error))) from error
    return CompiledFilters(filters, dissection(catalogue), ways)
