"""Plays a scenario: nmap on the scanner host, other programs on the client host."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from tests.lab.edits import edited_nmap
from tests.lab.kinds import EditedScan, Scan, Scenario
from tests.lab.network import Network, on_host

NMAP = ("nmap",)
TIMEOUT = 180  # seconds


class ScenarioFailedError(Exception):
    """A scenario's program failed, or its output was not as expected."""


def fill_placeholders(network: Network, argv: Sequence[str]) -> list[str]:
    """Return arguments in which the placeholders in braces are replaced."""
    values = network.placeholders()
    return [word.format_map(values) for word in argv]


def newer_nmap() -> tuple[str, ...]:
    """Return the command of the nmap below the root NMAP_OTHER_ROOT; empty if it is not set."""
    root = os.environ.get("NMAP_OTHER_ROOT")
    chroot = 'mount -t proc proc "$0/proc" && exec chroot "$0" nmap "$@"'
    return ("unshare", "--mount", "sh", "-c", chroot, root) if root else ()


def play(network: Network, scenario: Scenario, nmap: Sequence[str] = NMAP) -> str:
    """Run a scenario to its end and return its output; raise if it failed."""
    is_scan = isinstance(scenario, Scan)
    if isinstance(scenario, EditedScan):
        nmap = edited_nmap(network.folder)
    host = network.scanner if is_scan else network.client
    arguments = fill_placeholders(network, scenario.argv)
    command = [*nmap, *arguments] if is_scan else arguments
    done = subprocess.run(
        on_host(host, command),
        cwd=network.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, "HOME": str(network.folder), "LC_ALL": "C.UTF-8"},
    )
    output = done.stdout.decode(errors="replace")
    if isinstance(scenario, Scan):
        is_expected = "0 hosts up" not in output
    else:
        is_expected = scenario.expected_output in output
    if done.returncode not in scenario.exit_statuses or not is_expected:
        raise ScenarioFailedError(f"{scenario.name}: exit status {done.returncode}\n{output}")
    return output
