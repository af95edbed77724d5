"""A config is what one reading of the configuration asks for."""

from dataclasses import dataclass

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters


@dataclass(frozen=True, slots=True)
class CompiledConfig:
    """Settings, with what they compile to."""

    settings: Settings
    catalogue: Catalogue
    filters: CompiledFilters


def compile_config(settings: Settings, catalogue: Catalogue) -> CompiledConfig:
    """Compile what the configuration asks for."""
    return CompiledConfig(settings, catalogue, compile_filters(catalogue))
