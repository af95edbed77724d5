"""Export the catalogue: table, JSON, Markdown, Suricata rules, Wireshark filter."""

from collections.abc import Callable, Mapping

from nmapwatchd.core.matching.catalogue import Catalogue
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
}

FORMATS = tuple(_WRITERS)


def write(catalogue: Catalogue, output: str) -> str:
    """Return the catalogue in one of `FORMATS`."""
    return _WRITERS[output](catalogue)
