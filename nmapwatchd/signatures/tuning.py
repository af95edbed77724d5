"""Turn signatures off, or change their confidence, as a site's configuration asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePath
from types import MappingProxyType

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import CERTAINTY, Confidence
from nmapwatchd.errors import Diagnostic, OperatorError, did_you_mean

# Errors that name the closest id: to find it takes some 20 ms.
_MAXIMUM_SUGGESTIONS = 10
# Characters that make an id a pattern.
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """
    One entry of the configuration that turns signatures off or changes their confidence.

    Args:
        key: the key that an error names.
        pattern: an id, or a pattern of ids as `fnmatch` has them.
        confidence: the new confidence; None turns the signatures off.
        file: the configuration file, as it was named.
        line: the line of the file; 0 if it is not known.
    """

    key: str
    pattern: str
    confidence: Confidence | None
    file: str = "configuration"
    line: int = 0

    @property
    def location(self) -> str:
        """The file's name with the line, otherwise with the key."""
        name = PurePath(self.file).name
        return f"{name}:{self.line}" if self.line else f"{name}: {self.key}"

    def diagnostic(self, message: str) -> Diagnostic:
        """Return an error about this entry."""
        return Diagnostic(f"{self.file}: {self.key}", message)


@dataclass(frozen=True, slots=True)
class Change:
    """
    What the configuration does to one signature.

    Args:
        signature: the signature as its own file has it.
        by: the entry of the configuration.
    """

    signature: Signature
    by: Adjustment

    @property
    def is_off(self) -> bool:
        """Whether it is turned off."""
        return self.by.confidence is None

    @property
    def tuned(self) -> Signature:
        """The signature with the configured confidence; unchanged if it is off."""
        confidence, off_link = self.by.confidence, self.signature.off_link
        if confidence is None:
            return self.signature
        if off_link is not None and CERTAINTY[off_link] >= CERTAINTY[confidence]:
            off_link = None  # no less certain there
        return replace(self.signature, confidence=confidence, off_link=off_link)

    @property
    def warning(self) -> Diagnostic | None:
        """What is wrong with a confidence that is above the signature's own; None if it is not."""
        confidence, own = self.by.confidence, self.signature.confidence
        if confidence is None or CERTAINTY[confidence] <= CERTAINTY[own]:
            return None
        senders = "; ".join(self.signature.also_sent_by) or "other software"
        return Diagnostic(
            self.by.location,
            f"raises {self.signature.id} from {own} to {confidence}, "
            f"so expect false alarms: also sent by {senders}",
        )


Changes = Mapping[str, Change]  # by the signature's id
NO_CHANGES: Changes = MappingProxyType({})


def tune(
    catalogue: Catalogue, adjustments: Sequence[Adjustment]
) -> tuple[Catalogue, Changes, list[Diagnostic]]:
    """
    Apply a site's adjustments.

    Of several entries that match a signature one applies: one that turns it off before one that
    changes its confidence, an id before a pattern, a longer pattern before a shorter one.

    Args:
        catalogue: all signatures.
        adjustments: the entries of the configuration.

    Returns:
        The catalogue with the configured confidences, signatures that are off included; the
        changes by id, only those that make a difference; and an error for each entry that matches
        nothing.

    Raises:
        OperatorError: nothing would be left.
    """
    if not adjustments:
        return catalogue, NO_CHANGES, []
    signatures = catalogue.signatures
    ids = [signature.id for signature in signatures]
    applying: dict[str, Adjustment] = {}
    errors: list[Diagnostic] = []
    for one in adjustments:
        matched = [id_ for id_ in ids if fnmatchcase(id_, one.pattern)]
        for id_ in matched:
            if id_ not in applying or _precedence(one, id_) > _precedence(applying[id_], id_):
                applying[id_] = one
        if not matched:
            hinted = _suggestion(one.pattern, ids) if len(errors) < _MAXIMUM_SUGGESTIONS else ""
            errors.append(one.diagnostic(f'"{one.pattern}" matches no signature{hinted}'))
    changes = {
        signature.id: Change(signature, applying[signature.id])
        for signature in signatures
        if signature.id in applying
        and applying[signature.id].confidence is not signature.confidence
    }
    if changes and all(one.id in changes and changes[one.id].is_off for one in signatures):
        raise OperatorError(next(iter(changes.values())).by.diagnostic("no signature is left"))
    if changes:
        matchers = [rules.matcher for rules in catalogue.matcher_rules]
        tuned = [changes[one.id].tuned if one.id in changes else one for one in signatures]
        catalogue = Catalogue.of(matchers, tuned)
    return catalogue, changes, errors


def active(catalogue: Catalogue, changes: Changes) -> Catalogue:
    """Return a catalogue without the signatures that are off."""
    off = turned_off(changes)
    return catalogue.without(off) if off else catalogue


def turned_off(changes: Changes) -> frozenset[str]:
    """Return the ids of the signatures that are off."""
    return frozenset(id_ for id_, change in changes.items() if change.is_off)


def count_in_words(changes: Changes) -> str:
    """Return how many signatures are off and how many have another confidence; empty if none."""
    off = len(turned_off(changes))
    counts = ((off, "disabled"), (len(changes) - off, "with another confidence"))
    listed = [
        f"{count} signature{'' if count == 1 else 's'} {what}" for count, what in counts if count
    ]
    return f"{' and '.join(listed)} by configuration" if listed else ""


def _precedence(one: Adjustment, id_: str) -> tuple[bool, bool, int]:
    return one.confidence is None, one.pattern == id_, len(one.pattern)


def _suggestion(pattern: str, ids: Iterable[str]) -> str:
    """Return the end of a message that names the known id, or pattern of ids, that is closest."""
    if _WILDCARDS.isdisjoint(pattern):
        known = dict.fromkeys(ids)
    else:
        known = dict.fromkeys(prefix for id_ in ids for prefix in _prefixes(id_))
    return did_you_mean(pattern, known)


def _prefixes(id_: str) -> Iterable[str]:
    """Yield the patterns that an id's words make: http.trane-about gives http.*, http.trane-*."""
    return (f"{id_[: at + 1]}*" for at, character in enumerate(id_) if character in ".-")
