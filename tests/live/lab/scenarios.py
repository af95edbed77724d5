"""Every scenario of the lab, by name."""

from __future__ import annotations

from tests.live.lab.clients import CLIENTS
from tests.live.lab.kinds import Client, OtherTool, Scan, Scenario
from tests.live.lab.scans_brute import BRUTE
from tests.live.lab.scans_families import FAMILIES
from tests.live.lab.scans_probes import PROBES
from tests.live.lab.scans_services import SERVICES
from tests.live.lab.tools import TOOLS

__all__ = ["ALL", "BY_NAME", "CLIENTS", "SCANS", "TOOLS", "Client", "OtherTool", "Scan", "Scenario"]

SCANS: tuple[Scan, ...] = (*FAMILIES, *BRUTE, *PROBES, *SERVICES)
ALL: tuple[Scenario, ...] = (*SCANS, *CLIENTS, *TOOLS)
BY_NAME: dict[str, Scenario] = {scenario.name: scenario for scenario in ALL}
