"""The configuration with everything that is compiled from it."""

from dataclasses import dataclass

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters


@dataclass(frozen=True, slots=True)
class CompiledConfig:
    """Settings, signatures and filters of one configuration."""

    settings: Settings
    catalogue: Catalogue
    filters: CompiledFilters


def compile_config(settings: Settings, catalogue: Catalogue) -> CompiledConfig:
    """
    Compile the filters that a catalogue requires.

    Raises:
        OperatorError: a signature cannot be compiled.
    """
    return CompiledConfig(settings, catalogue, compile_filters(catalogue, settings.wrappings))
