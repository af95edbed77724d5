"""The configuration with everything that is compiled from it."""

from dataclasses import dataclass, field

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import Diagnostic
from nmapwatchd.filters.compiled import CompiledFilters, RefusedSignaturesError, compile_filters
from nmapwatchd.signatures.loader import LoadedSignatures
from nmapwatchd.signatures.tuning import Changes


@dataclass(frozen=True, slots=True)
class CompiledConfig:
    """
    Settings, signatures and filters of one configuration.

    Args:
        settings: the settings.
        catalogue: the signatures.
        filters: what is compiled from them.
        refused: the errors of the site's signatures that are left out.
        changes: what the configuration changes of the signatures, by id.
        unmatched: the errors of adjustments that match no signature.
    """

    settings: Settings
    catalogue: Catalogue
    filters: CompiledFilters
    refused: tuple[Diagnostic, ...] = ()
    changes: Changes = field(default_factory=dict)
    unmatched: tuple[Diagnostic, ...] = ()


def compile_config(settings: Settings, loaded: LoadedSignatures) -> CompiledConfig:
    """
    Compile the filters of all signatures that can be compiled, and prepare the catalogue.

    Raises:
        OperatorError: the shipped ones cannot.
    """
    catalogue, refused = loaded.catalogue, list(loaded.refused)
    while True:
        try:
            filters = compile_filters(catalogue, settings.wrappings)
        except RefusedSignaturesError as error:
            if not error.signatures or not all(one.location for one in error.signatures):
                raise
            refused += error.diagnostics
            catalogue = catalogue.without({one.id for one in error.signatures})
        else:
            catalogue.prepare()
            return CompiledConfig(
                settings, catalogue, filters, tuple(refused), loaded.changes, loaded.unmatched
            )
