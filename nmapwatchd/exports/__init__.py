"""Export the catalogue (table, JSON, Markdown, Suricata, Wireshark) and the table of fields."""

from collections.abc import Callable, Mapping

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.exports.alerts import alerts
from nmapwatchd.exports.listing import json_list, table
from nmapwatchd.exports.markdown import markdown
from nmapwatchd.exports.suricata import suricata
from nmapwatchd.exports.wireshark import wireshark

_WRITERS: Mapping[str, Callable[[Catalogue], str]] = {
    "table": table,
    "json": json_list,
    "markdown": markdown,
    "suricata": suricata,
    "wireshark": wireshark,
    "alerts": lambda _: alerts(),  # the fields are the same for any catalogue
}

FORMATS = tuple(_WRITERS)


def write(catalogue: Catalogue, output: str) -> str:
    """Return the catalogue in one of `FORMATS`."""
    return _WRITERS[output](catalogue)
