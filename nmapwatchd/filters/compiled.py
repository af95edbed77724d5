"""Compile everything that the capture needs of a catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.clauses import Clauses, clauses_of
from nmapwatchd.filters.dissection import Dissection, dissection
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.filters.kernel import kernel_filter
from nmapwatchd.filters.wrappings import ALL, Wrapping


@dataclass(frozen=True, slots=True)
class CompiledFilters:
    """
    The filters of a catalogue.

    Args:
        kernel: classic BPF by link type.
        dissection: tshark's settings.
        clauses: what the kernel's filters were compiled from.
        wrappings: those that the filters look into.
    """

    kernel: Mapping[int, bytes]
    dissection: Dissection
    clauses: Clauses
    wrappings: frozenset[Wrapping] = ALL

    def without_sources(self, link: int, sources: Sequence[str]) -> bytes:
        """Return the kernel's filter of a link type that also drops some source addresses."""
        return kernel_filter(link, self.clauses, sources, self.wrappings)


def compile_filters(catalogue: Catalogue, wrappings: frozenset[Wrapping] = ALL) -> CompiledFilters:
    """
    Compile a catalogue and the sensor's own canary.

    Args:
        catalogue: the signatures.
        wrappings: those to look into.

    Raises:
        OperatorError: a signature fixes no byte, or the program is too long for the kernel.
    """
    catalogue = Catalogue((*catalogue.matcher_rules, *canary.CATALOGUE.matcher_rules))
    try:
        clauses = clauses_of(catalogue)
        filters = {link: kernel_filter(link, clauses, (), wrappings) for link in LINKS}
    except ValueError as error:
        raise OperatorError(Diagnostic("signatures", str(error))) from error
    return CompiledFilters(filters, dissection(catalogue, wrappings), clauses, wrappings)
