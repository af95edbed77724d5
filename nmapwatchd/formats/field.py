"""A field: one row of the table that every structured format is compiled from."""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.escape import MAXIMUM_PRINTED, printable
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.values import MAXIMUM_LISTED, MAXIMUM_NAME

# Rules of an alert that are listed: more than the catalogue has, so that their counts add up to the
# sightings; for a site that adds thousands of its own, the omitted ones are counted.
MAXIMUM_RULES = 1024

# '' and [] are no value.
Value = str | int | list[str] | list[int]

_NO_SENSOR = Sensor("", "")
_M = TypeVar("_M", bound=Message)


class Type(StrEnum):
    """The type of a field, by its name in Elasticsearch's mappings, which ECS uses."""

    KEYWORD = "keyword"
    TEXT = "match_only_text"
    LONG = "long"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    How much of a message is written.

    Args:
        rules: rules that are listed.
        members: members of any other list.
        name: characters of a name.
        text: characters of any other text, such as evidence.
    """

    rules: int = MAXIMUM_RULES
    members: int = MAXIMUM_LISTED
    name: int = MAXIMUM_NAME
    text: int = MAXIMUM_PRINTED


_ALL = Bounds()


@dataclass(frozen=True, slots=True)
class Context:
    """
    What the values of a message depend on besides the message.

    Args:
        sensor: its origin.
        capture: name of the replayed capture file; empty for live traffic.
        bounds: how much of it is written.
    """

    sensor: Sensor = _NO_SENSOR
    capture: str = ""
    bounds: Bounds = _ALL

    def name(self, text: str) -> str:
        """Return a name in printable characters."""
        return printable(text, self.bounds.name)

    def text(self, text: str) -> str:
        """Return any text in printable characters."""
        return printable(text, self.bounds.text)

    def names(self, values: Sequence[str]) -> list[str]:
        """Return the first names of a list."""
        return [printable(value, self.bounds.name) for value in values[: self.bounds.members]]

    def addresses(self, values: Sequence[str]) -> list[str]:
        """Return those of the first members of a list that are IP addresses."""
        return [value for value in values[: self.bounds.members] if is_address(value)]

    def numbers(self, values: Sequence[int]) -> list[int]:
        """Return the first numbers of a list."""
        return list(values[: self.bounds.members])

    def omitted(self, values: Sequence[object], before: int = 0) -> int:
        """Return how many members of a list are not written, with those omitted before."""
        return before + max(0, len(values) - self.bounds.members)


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of messages.

    Args:
        kinds: the types of the messages that have it.
        path: of its keys in a JSON document, joined by dots; empty if JSON has no such field.
        type: of its value, or of each value of a list.
        meaning: what it is, one sentence.
        take: returns its value; '' and [] are no value.
        is_list: whether it is always a list.
        flat: its name in structured data and, in capitals after NMAPWATCHD_, in the journal; empty
            if they have no such field.
        cef: its key in the Common Event Format; empty if it has none.
        omits_zero: whether flat formats leave it out if it is 0.
        since: the version that introduced it.
    """

    kinds: tuple[type, ...]
    path: str
    type: Type
    meaning: str
    take: Callable[[Any, Context], Value]
    is_list: bool = False
    flat: str = ""
    cef: str = ""
    omits_zero: bool = False
    since: str = "0.1.0"


class Rows(Generic[_M]):
    """
    Creates the rows of fields that some types of messages have.

    Args:
        kinds: these types.
    """

    def __init__(self, *kinds: type[_M]) -> None:
        self._kinds = kinds

    def __call__(
        self,
        path: str,
        type_: Type,
        meaning: str,
        take: Callable[[_M, Context], Value],
        *,
        is_list: bool = False,
        flat: str = "",
        cef: str = "",
        omits_zero: bool = False,
    ) -> Field:
        """Return a row; see `Field`."""
        return Field(self._kinds, path, type_, meaning, take, is_list, flat, cef, omits_zero)


# An alert has each address in several fields.
@lru_cache(maxsize=1024)
def is_address(text: str) -> bool:
    """Return whether a text is an IP address without a zone, as indexers accept it."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
