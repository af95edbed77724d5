"""Load the shipped signatures and those of a site as one catalogue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.contradictions import LocatedSignature, contradictions
from nmapwatchd.signatures.reader import read_signatures
from nmapwatchd.signatures.tuning import Adjustment, Changes, active, tune

# The only directory of a site's signatures that need not exist.
DEFAULT_DIRECTORY = Path("/etc/nmapwatchd/signatures.d")


@dataclass(frozen=True, slots=True)
class LoadedSignatures:
    """
    What was read.

    Args:
        everything: the valid signatures, with the configured confidences.
        refused: the errors of the site's others, which are left out.
        changes: what the configuration changes, by id.
        unmatched: the errors of adjustments that match no signature.
    """

    everything: Catalogue
    refused: tuple[Diagnostic, ...] = ()
    changes: Changes = field(default_factory=dict)
    unmatched: tuple[Diagnostic, ...] = ()

    @property
    def catalogue(self) -> Catalogue:
        """The signatures in use: those that the configuration does not turn off."""
        return active(self.everything, self.changes)


def shipped_catalogue() -> Catalogue:
    """Return the catalogue that comes with the program."""
    return catalogue_of([])


def catalogue_of(
    site_directories: Iterable[Path], adjustments: Sequence[Adjustment] = ()
) -> Catalogue:
    """
    Return the shipped signatures and those of some directories as one catalogue, adjusted.

    Raises:
        OperatorError: with every error of every file.
    """
    return valid_signatures(site_directories, adjustments).catalogue


def valid_signatures(
    site_directories: Iterable[Path], adjustments: Sequence[Adjustment] = ()
) -> LoadedSignatures:
    """
    Read and adjust the signatures as `load_signatures` does, but leave nothing out.

    Raises:
        OperatorError: with every error of every file.
    """
    loaded = load_signatures(site_directories, adjustments)
    if loaded.refused or loaded.unmatched:
        raise OperatorError(*loaded.refused, *loaded.unmatched)
    return loaded


def load_signatures(
    site_directories: Iterable[Path], adjustments: Sequence[Adjustment] = ()
) -> LoadedSignatures:
    """
    Read the shipped signatures and those of some directories; leave out what is invalid.

    A site's signatures are compared with their examples and near misses; the test suite has
    compared the shipped ones. An adjustment that matches nothing is left out, too: a signature
    that a new version no longer has must not prevent the start of the sensor.

    Args:
        site_directories: directories with signature files.
        adjustments: what the configuration changes.

    Raises:
        OperatorError: a shipped file is invalid, or the adjustments leave nothing.
    """
    directory = files("nmapwatchd.signatures")
    shipped = sorted((f for f in directory.iterdir() if f.name.endswith(".toml")), key=_name)
    signatures, diagnostics = _read(shipped)
    places = {signature.id: place.location("id") for place, signature in signatures}
    if diagnostics:
        raise OperatorError(*diagnostics)
    catalogue = Catalogue.of(MATCHERS.values(), [signature for _, signature in signatures])
    sources, refused = _site_files(site_directories)
    if not sources:
        return _adjusted(catalogue, refused, adjustments)
    found, errors = _read(sources)
    refused += errors
    site: list[LocatedSignature] = []
    for place, signature in found:
        location = place.location("id")
        if signature.id in places:
            message = f"id: {signature.id} is already used at {places[signature.id]}"
            refused.append(Diagnostic(location, message))
        else:
            places[signature.id] = location
            site.append((place, replace(signature, location=location)))
    everything = [*catalogue.signatures, *(signature for _, signature in site)]
    contradicted = contradictions(Catalogue.of(MATCHERS.values(), everything), site)
    refused += [error for errors in contradicted.values() for error in errors]
    accepted = [signature for signature in everything if signature.id not in contradicted]
    return _adjusted(Catalogue.of(MATCHERS.values(), accepted), refused, adjustments)


def _adjusted(
    catalogue: Catalogue, refused: Sequence[Diagnostic], adjustments: Sequence[Adjustment]
) -> LoadedSignatures:
    everything, changes, errors = tune(catalogue, adjustments)
    return LoadedSignatures(everything, tuple(refused), changes, tuple(errors))


def _read(
    sources: Sequence[Traversable | Path],
) -> tuple[list[LocatedSignature], list[Diagnostic]]:
    """Return the valid signatures of some files, and the errors of all."""
    signatures: list[LocatedSignature] = []
    diagnostics: list[Diagnostic] = []
    for source in sources:
        found, errors = read_signatures(source)
        signatures += found
        diagnostics += errors
    return signatures, diagnostics


def _site_files(directories: Iterable[Path]) -> tuple[list[Path], list[Diagnostic]]:
    """Return a site's signature files, and an error for each directory that cannot be read."""
    sources: list[Path] = []
    errors = []
    for directory in directories:
        try:
            found = sorted(file for file in directory.iterdir() if file.name.endswith(".toml"))
            regular = [file for file in found if file.is_file()]
        except OSError as error:
            if directory != DEFAULT_DIRECTORY or not isinstance(error, FileNotFoundError):
                errors.append(Diagnostic(str(directory), error.strerror or str(error)))
        else:
            sources += regular
            others = [file for file in found if file not in regular]  # may have no end
            errors += [Diagnostic(str(file), "is not a regular file") for file in others]
    return sources, errors


def _name(file: Traversable) -> str:
    return file.name
