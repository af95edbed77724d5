"""A world is what one reading of the configuration asks for."""

from dataclasses import dataclass

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.filters.compiled import Plan, plan


@dataclass(frozen=True, slots=True)
class World:
    """Settings, with what they compile to."""

    settings: Settings
    catalogue: Catalogue
    plan: Plan


def world_of(settings: Settings, catalogue: Catalogue) -> World:
    """Compile what the configuration asks for."""
    return World(settings, catalogue, plan(catalogue))
