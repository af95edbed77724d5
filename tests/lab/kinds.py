"""What a scenario is: a scan, an ordinary client or another tool."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scan:
    """
    A run of nmap; its exit status is in `exits`.

    Args:
        argv: its arguments, with words of the network in braces.
        also_newer: whether it is recorded with a newer nmap, too.
        decoys: addresses in whose name it sends, beside its own.
    """

    name: str
    family: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    also_newer: bool = False
    exits: tuple[int, ...] = (0,)
    decoys: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditedScan(Scan):
    """A run of an nmap whose loud strings were edited away."""


@dataclass(frozen=True)
class Client:
    """An ordinary client; `says` must stand in its output, its exit status in `exits`."""

    name: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    says: str = ""
    exits: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class OtherTool:
    """Another scanner; read as a client is."""

    name: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    says: str = ""
    exits: tuple[int, ...] = (0,)


Scenario = Scan | Client | OtherTool


def words(text: str) -> tuple[str, ...]:
    """The words of a command line that needs no evidence."""
    return tuple(text.split())
