"""The shipped catalogue in an engine, and packets to show it, of a system with TTL 64."""

from collections.abc import Iterable
from functools import cache

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import observation


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue; reading it takes a second."""
    return shipped_catalogue()


def sent(
    payload: bytes,
    port: int,
    at: float = 0,
    transport: Transport = Transport.TCP,
    **changes: object,
) -> Observation:
    """Return what a host sent; `at` are seconds."""
    decoded = {"ip.ttl": ("64",), "ip.flags.df": ("1",)}
    changes = {"destination_port": port, "transport": transport, "decoded": decoded, **changes}
    return observation(at, payload=payload, **changes)


def alerts_of(observations: Iterable[Observation]) -> list[Alert]:
    """Return all alerts about some observations, the closing ones included."""
    policy = WindowPolicy()
    engine = Engine(
        [SignatureDetector(catalogue(), policy.seconds)], Allowlist(), policy, Counters()
    )
    alerts = [alert for seen in observations for alert in engine.observe(seen).alerts]
    return [*alerts, *engine.drain().alerts]
