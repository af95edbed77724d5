"""An explanation as an object for a program: the same keys for every message."""

import json
from dataclasses import asdict
from typing import Any

from nmapwatchd.reports.explain import MessageExplanation


def as_json(explanation: MessageExplanation, found_in: str) -> str:
    """
    Return an explanation as indented ASCII JSON.

    Args:
        explanation: the explanation.
        found_in: where the message was found; empty if it was given.
    """
    return json.dumps(_document(explanation, found_in), indent=2) + "\n"


def _document(explanation: MessageExplanation, found_in: str) -> dict[str, Any]:
    record = explanation.record
    return {
        "action": record.action.value,
        "event_id": record.event_id,
        "scan_id": record.scan_id,
        "sequence": record.sequence,
        "found_in": found_in,
        "summary": record.summary,
        "severity": record.severity,
        "risk_score": record.risk_score,
        "time": record.at,
        "start": record.start,
        "end": record.end,
        "sensor": {
            "hostname": record.hostname,
            "interfaces": list(record.interfaces),
            "vlans": list(record.vlans),
            "capture": record.capture,
        },
        "source": {
            "address": record.source,
            "macs": list(record.macs),
            "ports": list(record.source_ports),
            "decoys": list(record.decoys),
            "tunnels": list(record.outer),
        },
        "target": {
            "addresses": list(record.targets),
            "ports": list(record.ports),
            "transports": list(record.transports),
        },
        "options": {
            "tool": record.tool,
            "proven": list(record.options),
            "possible": list(record.options_possible),
            "command": record.command,
        },
        "confidence": asdict(explanation.confidence),
        "caveats": [asdict(caveat) for caveat in explanation.caveats],
        "rows": [asdict(row) for row in explanation.rows],
        "meaning": explanation.meaning,
        "next": [asdict(step) for step in explanation.next],
        "authorised": list(explanation.authorised),
        "tuning": [asdict(line) for line in explanation.tuning],
    }
