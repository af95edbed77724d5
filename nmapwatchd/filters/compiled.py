"""Compile everything that the capture needs of a catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.clauses import (
    NO_CLAUSES,
    Clauses,
    UnfilterableError,
    clauses_of,
    distinctive_clauses_of,
)
from nmapwatchd.filters.dissection import Dissection, dissection
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.filters.kernel import kernel_filters, shedding_filter
from nmapwatchd.filters.wrappings import ALL, Wrapping


@dataclass(frozen=True, slots=True)
class CompiledFilters:
    """
    The filters of a catalogue.

    Args:
        kernel: classic BPF by link type.
        dissection: tshark's settings.
        clauses: what the kernel's filters were compiled from.
        distinctive: the clauses for sources that are limited.
        wrappings: those that the filters look into.
    """

    kernel: Mapping[int, bytes]
    dissection: Dissection
    clauses: Clauses
    distinctive: Clauses
    wrappings: frozenset[Wrapping] = ALL

    def shedding(self, link: int, sources: ShedSources) -> bytes:
        """
        Return the kernel's filter of a link type that also sheds some sources.

        If both sets of clauses are too long for the kernel, sources that are limited are blocked;
        if their addresses are, only the first of them.
        """
        program = self.kernel[link]
        if not sources.addresses:
            return program
        try:
            return shedding_filter(program, sources, self.distinctive)
        except ValueError:
            return _blocking(program, sources.addresses)


def _blocking(program: bytes, addresses: Sequence[str]) -> bytes:
    """Return a filter that also drops as many of some sources as fit."""
    while addresses:
        try:
            return shedding_filter(program, ShedSources(blocked=tuple(addresses)), NO_CLAUSES)
        except ValueError:
            addresses = addresses[: len(addresses) // 2]
    return program


class RefusedSignaturesError(OperatorError):
    """
    Some signatures cannot be compiled, or not all of them together.

    Args:
        signatures: those without which the others may be.
        message: why.
    """

    def __init__(self, signatures: Sequence[Signature], message: str) -> None:
        super().__init__(
            *(
                Diagnostic(one.location or "signatures", f"{one.id}: {message}")
                for one in signatures
            ),
            *([] if signatures else [Diagnostic("signatures", message)]),
        )
        self.signatures = signatures


def compile_filters(catalogue: Catalogue, wrappings: frozenset[Wrapping] = ALL) -> CompiledFilters:
    """
    Compile a catalogue and the sensor's own canary.

    Args:
        catalogue: the signatures.
        wrappings: those to look into.

    Raises:
        RefusedSignaturesError: signatures fix no byte, or the program is too long for the kernel.
    """
    catalogue = Catalogue((*catalogue.matcher_rules, *canary.CATALOGUE.matcher_rules))
    try:
        clauses = clauses_of(catalogue)
        filters = kernel_filters(LINKS, clauses, wrappings)
    except UnfilterableError as error:
        raise RefusedSignaturesError(
            error.signatures,
            "match: fixes no byte at a known position, so that every packet would be inspected",
        ) from error
    except ValueError as error:
        site = [signature for signature in catalogue.signatures if signature.location]
        raise RefusedSignaturesError(site, str(error)) from error
    distinctive = distinctive_clauses_of(catalogue)
    return CompiledFilters(
        filters, dissection(catalogue, wrappings), clauses, distinctive, wrappings
    )
