"""Which line of the configuration would have kept other software from being reported as a scan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import CERTAINTY, Confidence
from nmapwatchd.core.windows.evidence import MAXIMUM_WEAK_RULES
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.reports.record import MessageRecord
from nmapwatchd.signatures.recall import recall_loss


@dataclass(frozen=True, slots=True)
class TuningLine:
    """
    A line of the configuration by which a scan would not have been reported.

    Args:
        signature: the id of the signature that it changes.
        line: the line, for the file itself, not for one of its tables.
        effect: what it changes, for every source.
        cost: which recorded scans of nmap are no longer detected with it.
    """

    signature: str
    line: str
    effect: str
    cost: str


def tuning_lines(
    record: MessageRecord, signatures: Iterable[Signature], policy: WindowPolicy
) -> tuple[TuningLine, ...]:
    """
    Return the lines that would have covered a scan, the narrowest first.

    Only if the alert rests on one signature, without which the others are not evidence enough, and
    other software is known to send it, or it is not exclusive. Of several such signatures that one
    is chosen whose loss costs the fewest recorded scans.

    Args:
        record: the message.
        signatures: those in use, with their confidences.
        policy: the scores and the threshold.
    """
    if not record.is_scan or record.expected:
        return ()
    by_id = {signature.id: signature for signature in signatures}
    # What is not known may be anything.
    seen = {
        rule.id: by_id[rule.id].confidence if rule.id in by_id else Confidence.EXCLUSIVE
        for rule in record.rules
    }
    if not _may_alert(seen, policy):
        return ()
    choices = [
        (recall_loss(by_id.values(), _others(by_id, id_), policy), by_id[id_])
        for id_ in seen
        if id_ in by_id
        and _has_other_senders(by_id[id_])
        and not _may_alert(_without(seen, id_), policy)
    ]
    if not choices:
        return ()
    loss, signature = min(choices, key=lambda choice: choice[0].size)
    off = TuningLine(
        signature.id,
        f'disable = ["{signature.id}"]',
        "The signature is no longer used",
        str(loss),
    )
    return (*_lowered(signature, seen, by_id, policy), off)


def _lowered(
    signature: Signature,
    seen: Mapping[str, Confidence],
    by_id: Mapping[str, Signature],
    policy: WindowPolicy,
) -> tuple[TuningLine, ...]:
    """Return the line with the highest confidence that would have sufficed, if any does."""
    for confidence in (Confidence.STRONG, Confidence.WEAK):
        is_less = CERTAINTY[confidence] < CERTAINTY[signature.confidence]
        if is_less and not _may_alert({**seen, signature.id: confidence}, policy):
            lowered = replace(signature, confidence=confidence)
            after = [*_others(by_id, signature.id), lowered]
            return (
                TuningLine(
                    signature.id,
                    f'confidence = {{ "{signature.id}" = "{confidence}" }}',
                    "The signature counts only together with others",
                    str(recall_loss(by_id.values(), after, policy)),
                ),
            )
    return ()


def _has_other_senders(signature: Signature) -> bool:
    is_exclusive = signature.confidence is Confidence.EXCLUSIVE
    return bool(signature.also_sent_by) or signature.shared or not is_exclusive


def _may_alert(confidences: Mapping[str, Confidence], policy: WindowPolicy) -> bool:
    """Return whether signatures can open an alert, each in a message of its own to one target."""
    scores = [(c is Confidence.WEAK, policy.scores[c]) for c in confidences.values()]
    strong = sum(score for is_weak, score in scores if not is_weak)
    weak = sorted((score for is_weak, score in scores if is_weak), reverse=True)
    return strong + sum(weak[:MAXIMUM_WEAK_RULES]) >= policy.threshold


def _without(seen: Mapping[str, Confidence], id_: str) -> dict[str, Confidence]:
    return {other: confidence for other, confidence in seen.items() if other != id_}


def _others(by_id: Mapping[str, Signature], id_: str) -> list[Signature]:
    return [signature for signature in by_id.values() if signature.id != id_]
