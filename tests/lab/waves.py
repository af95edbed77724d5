"""Groups scenarios that can be played together, because their servers use different ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tests.lab.kinds import Scenario
from tests.lab.server import Server
from tests.lab.servers import BY_NAME

_Kind = TypeVar("_Kind", bound=Scenario)


@dataclass
class Wave(Generic[_Kind]):
    """Servers that run together, and the scenarios that need them."""

    servers: dict[str, Server] = field(default_factory=dict)
    scenarios: list[_Kind] = field(default_factory=list)

    def is_compatible(self, scenario: _Kind) -> bool:
        taken = {port for server in self.servers.values() for port in _ports(server)}
        new = [name for name in scenario.servers if name not in self.servers]
        return not any(port in taken for name in new for port in _ports(BY_NAME[name]))

    def add(self, scenario: _Kind) -> None:
        self.servers |= {name: BY_NAME[name] for name in scenario.servers}
        self.scenarios.append(scenario)


def waves(scenarios: Iterable[_Kind]) -> list[Wave[_Kind]]:
    """Return the scenarios in approximately as few waves as possible."""
    result: list[Wave[_Kind]] = []
    for scenario in sorted(scenarios, key=lambda s: (len(s.servers), s.servers)):
        wave = next((wave for wave in result if wave.is_compatible(scenario)), None)
        if wave is None:
            wave = Wave()
            result.append(wave)
        wave.add(scenario)
    return result


def _ports(server: Server) -> set[tuple[str, int, bool]]:
    return {
        (kind, port, server.on_legacy)
        for kind, ports in (("tcp", server.tcp), ("udp", server.udp))
        for port in ports
    }
