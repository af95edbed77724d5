"""The kinds of scenarios: scans, ordinary clients and other tools."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scan:
    """
    A run of nmap.

    Args:
        name: the golden's name.
        family: the protocol or the kind of scan.
        servers: names of the servers that must run.
        argv: nmap's arguments, with placeholders of the network in braces.
        also_newer: whether it is recorded with a newer nmap, too.
        exit_statuses: expected exit statuses.
        decoys: addresses that it spoofs as decoys.
    """

    name: str
    family: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    also_newer: bool = False
    exit_statuses: tuple[int, ...] = (0,)
    decoys: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditedScan(Scan):
    """A run of an nmap whose distinctive strings were replaced."""


@dataclass(frozen=True)
class Client:
    """
    An ordinary client.

    Args:
        name: the golden's name.
        servers: names of the servers that must run.
        argv: the command line, with placeholders of the network in braces.
        expected_output: text that its output must contain.
        exit_statuses: expected exit statuses.
    """

    name: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    expected_output: str = ""
    exit_statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class OtherTool:
    """Another scanner or tool; its fields are those of a client."""

    name: str
    servers: tuple[str, ...]
    argv: tuple[str, ...]
    expected_output: str = ""
    exit_statuses: tuple[int, ...] = (0,)


Scenario = Scan | Client | OtherTool


def words(text: str) -> tuple[str, ...]:
    """Return the words of a command line without quoting."""
    return tuple(text.split())
