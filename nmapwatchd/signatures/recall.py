"""What the recorded scans of nmap show, and which of them a set of signatures detects."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.evidence import Evidence
from nmapwatchd.core.windows.table import WindowPolicy

# The file that `python -m tests.recall` writes: one recorded scan a line.
RECALL_FILE = "recall.jsonl"
# Matchers of packets that nmap builds itself, for which it needs root.
_RAW = frozenset(("icmp", "icmpv6", "ip", "sctp", "tcp", "udp"))
# Commands that a sentence names.
_NAMED = 5
# Characters of a command: the longest lists of scripts are cut.
_MAXIMUM_COMMAND = 60


@dataclass(frozen=True, slots=True)
class RecordedScan:
    """
    A scan of real nmap that was recorded in the lab.

    Args:
        name: the name of the recording.
        command: what was run, without addresses and time limits.
        windows: for each of its windows, and by destination, the signatures of each message; equal
            messages are listed once, and no destination that shows only what another one shows.
    """

    name: str
    command: str
    windows: tuple[Mapping[str, tuple[tuple[str, ...], ...]], ...]

    def is_detected(self, confidences: Mapping[str, Confidence], policy: WindowPolicy) -> bool:
        """
        Return whether it opens an alert.

        Args:
            confidences: those of the signatures that are used, by id.
            policy: has the scores and the threshold.
        """
        return any(_score(one, confidences, policy) >= policy.threshold for one in self.windows)


@dataclass(frozen=True, slots=True)
class RecallLoss:
    """
    What a change of the signatures costs.

    Args:
        lost: the recorded scans that are no longer detected.
        recorded: the number that was detected before.
        lost_unprivileged: those that are no longer detected without the evidence of raw packets,
            which nmap sends only as root.
        recorded_unprivileged: the number that was detected without it before.
    """

    lost: tuple[RecordedScan, ...]
    recorded: int
    lost_unprivileged: tuple[RecordedScan, ...]
    recorded_unprivileged: int

    @property
    def size(self) -> int:
        """How many scans are no longer detected, with or without raw packets."""
        return len(self.lost) + len(self.lost_unprivileged)

    @property
    def commands(self) -> tuple[str, ...]:
        """What was run in the scans that are no longer detected, each once."""
        lost = dict.fromkeys(scan.command for scan in self.lost)
        unprivileged = (s.command for s in self.lost_unprivileged if s.command not in lost)
        return (*lost, *dict.fromkeys(f"{command} (without root)" for command in unprivileged))

    def __str__(self) -> str:
        if not self.commands:
            return f"all of the {self.recorded} recorded scans are still detected"
        named = "; ".join(map(_shortened, self.commands[:_NAMED]))
        more = len(self.commands) - _NAMED
        return (
            f"{len(self.lost)} of {self.recorded} recorded scans "
            f"{'is' if len(self.lost) == 1 else 'are'} no longer detected, without root "
            f"{len(self.lost_unprivileged)} of {self.recorded_unprivileged}: {named}"
            + (f"; and {more} more" if more > 0 else "")
        )


@cache
def recorded_scans() -> tuple[RecordedScan, ...]:
    """Return the recorded scans with a sighting."""
    text = files("nmapwatchd.signatures").joinpath(RECALL_FILE).read_text(encoding="utf-8")
    return tuple(map(_scan, text.splitlines()))


def recall_loss(
    before: Iterable[Signature], after: Iterable[Signature], policy: WindowPolicy
) -> RecallLoss:
    """
    Return which recorded scans one set of signatures detects and another one does not.

    A site's own signatures do not matter: no scan was recorded with them. Most scans were recorded
    as root, where raw packets hide what the other signatures are worth, so both are compared.

    Args:
        before: the signatures that are compared with.
        after: the others.
        policy: the scores and the threshold.
    """
    old = {signature.id: signature.confidence for signature in before}
    new = {signature.id: signature.confidence for signature in after}
    detected, lost = _lost(old, new, policy)
    unprivileged, lost_unprivileged = _lost(_without_raw(old), _without_raw(new), policy)
    return RecallLoss(lost, detected, lost_unprivileged, unprivileged)


def _lost(
    old: Mapping[str, Confidence], new: Mapping[str, Confidence], policy: WindowPolicy
) -> tuple[int, tuple[RecordedScan, ...]]:
    """Return how many scans the old signatures detect, and those that the new ones do not."""
    detected = [scan for scan in recorded_scans() if scan.is_detected(old, policy)]
    return len(detected), tuple(s for s in detected if not s.is_detected(new, policy))


def _without_raw(confidences: Mapping[str, Confidence]) -> dict[str, Confidence]:
    return {
        id_: confidence
        for id_, confidence in confidences.items()
        if id_.partition(".")[0] not in _RAW and ".raw-" not in id_
    }


def _scan(line: str) -> RecordedScan:
    fields = json.loads(line)
    windows = tuple(
        {
            destination: tuple(tuple(message.split()) for message in messages)
            for destination, messages in window.items()
        }
        for window in fields["windows"]
    )
    return RecordedScan(fields["name"], fields["command"], windows)


def _score(
    window: Mapping[str, tuple[tuple[str, ...], ...]],
    confidences: Mapping[str, Confidence],
    policy: WindowPolicy,
) -> int:
    evidence = Evidence()
    for destination, messages in window.items():
        for ids in messages:
            strong: dict[str, int] = {}
            weak: dict[str, int] = {}
            for id_ in ids:
                if (confidence := confidences.get(id_)) is not None:
                    scores = weak if confidence is Confidence.WEAK else strong
                    scores[id_] = policy.scores[confidence]
            if strong or weak:
                evidence.add(destination, strong, weak)
    return evidence.score


def _shortened(command: str) -> str:
    """Shorten a command, but not the remark in parentheses after it."""
    command, parenthesis, remark = command.partition(" (")
    if len(command) > _MAXIMUM_COMMAND:
        command = f"{command[:_MAXIMUM_COMMAND]}..."
    return command + parenthesis + remark
