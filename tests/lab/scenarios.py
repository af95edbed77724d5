"""Every scenario of the lab, by name."""

from __future__ import annotations

from tests.lab.clients import CLIENTS
from tests.lab.clients_checks import CHECKS
from tests.lab.clients_exporters import EXPORTERS
from tests.lab.clients_more import MORE
from tests.lab.clients_rest import REST
from tests.lab.kinds import Client, EditedScan, OtherTool, Scan, Scenario
from tests.lab.scans_brute import BRUTE
from tests.lab.scans_edited import EDITED
from tests.lab.scans_families import FAMILIES
from tests.lab.scans_probes import PROBES
from tests.lab.scans_scarce import SCARCE
from tests.lab.scans_services import SERVICES
from tests.lab.scans_types import TYPES
from tests.lab.tools import TOOLS
from tests.lab.tools_more import TOOLS_MORE
from tests.lab.tools_rest import TOOLS_REST

__all__ = [
    "ALL",
    "BY_NAME",
    "CLIENTS",
    "SCANS",
    "TOOLS",
    "Client",
    "EditedScan",
    "OtherTool",
    "Scan",
    "Scenario",
]

SCANS: tuple[Scan, ...] = (*FAMILIES, *BRUTE, *PROBES, *SERVICES)
# Scenarios that are only recorded; the live tests do not play them.
FURTHER: tuple[Scenario, ...] = (
    *TYPES,
    *SCARCE,
    *CHECKS,
    *EXPORTERS,
    *MORE,
    *REST,
    *TOOLS_MORE,
    *TOOLS_REST,
    *EDITED,
)
ALL: tuple[Scenario, ...] = (*SCANS, *CLIENTS, *TOOLS, *FURTHER)
BY_NAME: dict[str, Scenario] = {scenario.name: scenario for scenario in ALL}
