"""MITRE ATT&CK: what formats name of the techniques that signatures are evidence of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FRAMEWORK = "MITRE ATT&CK"
_PAGES = "https://attack.mitre.org"


@dataclass(frozen=True, slots=True)
class Tactic:
    """A tactic: the purpose of a technique."""

    id: str
    name: str

    @property
    def page(self) -> str:
        """Return the address of its page."""
        return f"{_PAGES}/tactics/{self.id}/"


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique."""

    name: str
    tactic: Tactic


# Those of the catalogue. One that a site's own signature states may be another, of which only the
# id is known.
TECHNIQUES: Mapping[str, Technique] = {
    "T1046": Technique("Network Service Discovery", Tactic("TA0007", "Discovery")),
}


def technique_name(technique: str) -> str:
    """Return the name of a technique; its id if it is not one of the catalogue."""
    return TECHNIQUES[technique].name if technique in TECHNIQUES else technique


def technique_page(technique: str) -> str:
    """Return the address of the page of a technique or sub-technique."""
    return f"{_PAGES}/techniques/{technique.replace('.', '/')}/"


def tactics(techniques: Sequence[str]) -> list[Tactic]:
    """Return the tactics of techniques, each once, as far as they are known."""
    known = [TECHNIQUES[technique].tactic for technique in techniques if technique in TECHNIQUES]
    return list(dict.fromkeys(known))
