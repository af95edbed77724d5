"""Export the catalogue (table, JSON, Markdown, Suricata, Wireshark) and the table of fields."""

from collections.abc import Callable, Mapping

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.exports.alerts import alerts
from nmapwatchd.exports.listing import json_list, table
from nmapwatchd.exports.markdown import markdown
from nmapwatchd.exports.suricata import suricata
from nmapwatchd.exports.wireshark import wireshark
from nmapwatchd.signatures.tuning import NO_CHANGES, Changes, active

# Documents that show what the configuration changes, too.
_DOCUMENTS: Mapping[str, Callable[[Catalogue, Changes], str]] = {
    "table": table,
    "json": json_list,
    "markdown": markdown,
}
# The others; rules for other programs have the signatures in use.
_RULES: Mapping[str, Callable[[Catalogue], str]] = {
    "suricata": suricata,
    "wireshark": wireshark,
    "alerts": lambda _: alerts(),  # the fields are the same for any catalogue
}

FORMATS = (*_DOCUMENTS, *_RULES)


def write(catalogue: Catalogue, output: str, changes: Changes = NO_CHANGES) -> str:
    """
    Return the catalogue in one of `FORMATS`.

    Args:
        catalogue: all signatures, those that are off included.
        output: the format.
        changes: what the configuration changes, by id.
    """
    if output in _DOCUMENTS:
        return _DOCUMENTS[output](catalogue, changes)
    return _RULES[output](active(catalogue, changes))
