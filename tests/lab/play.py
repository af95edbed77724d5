"""Plays a scenario: nmap on the scanner, everything else on the client."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from tests.lab.edits import edited
from tests.lab.kinds import EditedScan, Scan, Scenario
from tests.lab.network import Network, at

NMAP = ("nmap",)
SECONDS = 180


class UnplayedError(Exception):
    """A scenario did not do what it is there for."""


def filled(network: Network, argv: Sequence[str]) -> list[str]:
    """Arguments with the network's words put in for the braces."""
    known = network.words()
    return [word.format_map(known) for word in argv]


def newer_nmap() -> tuple[str, ...]:
    """The command of another nmap, from the root that NMAP_OTHER_ROOT names; empty without one."""
    root = os.environ.get("NMAP_OTHER_ROOT")
    chroot = 'mount -t proc proc "$0/proc" && exec chroot "$0" nmap "$@"'
    return ("unshare", "--mount", "sh", "-c", chroot, root) if root else ()


def play(network: Network, scenario: Scenario, nmap: Sequence[str] = NMAP) -> str:
    """Runs a scenario to its end and gives what it printed; raises when it failed."""
    scan = isinstance(scenario, Scan)
    if isinstance(scenario, EditedScan):
        nmap = edited(network.folder)
    host = network.scanner if scan else network.client
    command = [*nmap, *filled(network, scenario.argv)] if scan else filled(network, scenario.argv)
    done = subprocess.run(
        at(host, command),
        cwd=network.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "HOME": str(network.folder), "LC_ALL": "C.UTF-8"},
    )
    output = done.stdout.decode(errors="replace")
    said = "0 hosts up" not in output if isinstance(scenario, Scan) else scenario.says in output
    fine = done.returncode in scenario.exits and said
    if not fine:
        raise UnplayedError(f"{scenario.name}: exit status {done.returncode}\n{output}")
    return output
