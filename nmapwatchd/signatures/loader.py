"""Load the shipped signatures and those of a site as one catalogue."""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.reader import read_signatures


def shipped_catalogue() -> Catalogue:
    """Return the catalogue that comes with the program."""
    return catalogue_of([])


def catalogue_of(site_directories: Iterable[Path]) -> Catalogue:
    """
    Return the shipped signatures and those of some directories as one catalogue.

    Raises:
        OperatorError: with every error of every file.
    """
    shipped = [f for f in files("nmapwatchd.signatures").iterdir() if f.name.endswith(".toml")]
    sources: list[Traversable | Path] = sorted(shipped, key=lambda f: f.name)
    for directory in site_directories:
        sources += sorted(directory.glob("*.toml"))
    diagnostics: list[Diagnostic] = []
    signatures: dict[str, Signature] = {}
    locations: dict[str, str] = {}
    for source in sources:
        located, errors = read_signatures(source)
        diagnostics += errors
        for location, signature in located:
            first = locations.setdefault(signature.id, location)
            if signature.id in signatures:
                message = f"id: {signature.id} is already used at {first}"
                diagnostics.append(Diagnostic(location, message))
            signatures[signature.id] = signature
    if diagnostics:
        raise OperatorError(*diagnostics)
    return Catalogue.of(MATCHERS.values(), signatures.values())
