"""Exports: the catalogue as a table, as a reference, as data, as rules for Suricata."""

from collections.abc import Callable, Mapping

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.exports.listing import json_list, table
from nmapwatchd.exports.markdown import markdown
from nmapwatchd.exports.suricata import suricata

_WRITERS: Mapping[str, Callable[[Catalogue], str]] = {
    "table": table,
    "json": json_list,
    "markdown": markdown,
    "suricata": suricata,
}

FORMATS = tuple(_WRITERS)


def write(catalogue: Catalogue, output: str) -> str:
    """Return the catalogue in one of `FORMATS`."""
    return _WRITERS[output](catalogue)
