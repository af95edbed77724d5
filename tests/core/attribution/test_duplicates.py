"""What says nothing new is counted once, and nobody is blamed for an answer."""

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Transport
from tests.building import engine, observation

ANSWER: dict[str, object] = {
    "source": "10.0.0.8", "source_port": 7, "destination": "10.0.0.5", "destination_port": 50_000,
}  # fmt: skip


def probe(core: Engine, at: float, **changes: object) -> list[Alert]:
    return core.observe(observation(at, **{"payload": b"loud", **changes}))


def asked(transport: Transport = Transport.TCP) -> Engine:
    """Return an engine that has seen a probe to an echo service."""
    core = engine()
    probe(core, 0, source_port=50_000, destination_port=7, transport=transport)
    return core


def test_a_server_that_sends_back_a_part_of_a_probe_is_not_blamed() -> None:
    core = asked()

    assert probe(core, 0.1, payload=b"you said loud", **ANSWER) == []
    assert probe(core, 0.2, **ANSWER) == []


def test_an_answer_is_one_only_over_the_same_transport_and_to_the_same_port() -> None:
    assert probe(asked(Transport.UDP), 0.1, **ANSWER)
    assert probe(asked(), 0.1, **{**ANSWER, "destination_port": 50_001})


def test_a_scan_back_from_another_port_is_a_scan() -> None:
    (alert,) = probe(asked(), 0.1, **{**ANSWER, "source_port": 60_000, "destination_port": 80})

    assert alert.source == "10.0.0.8"


def test_an_answer_comes_within_half_a_minute() -> None:
    assert probe(asked(), 31, **ANSWER)


def test_copies_on_other_interfaces_and_vlans_are_not_counted() -> None:
    core = engine()
    probe(core, 0, frame_hash=7, interface="eth0")
    probe(core, 0.001, frame_hash=7, interface="eth1")
    probe(core, 0.002, frame_hash=7, interface="eth0", vlans=("12",))
    probe(core, 1.5, frame_hash=8)

    (closed,) = core.drain()
    assert closed.sightings == 2
    assert closed.vlans == ()
