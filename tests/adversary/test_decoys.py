"""Decoys neither hide the scanner nor have an innocent host named for certain."""

from ipaddress import ip_network
from pathlib import Path

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from tests.building import engine, observation, signature
from tests.packets import MSS_1460, TcpShape, replayed, tcp

MAC = "52:54:00:00:00:05"
SCANNER, INNOCENT, OTHER = "10.0.0.5", "10.0.0.50", "10.0.0.51"
HOUR = 3600


def probe(core: Engine, at: float, *names: str, **changes: object) -> list[Alert]:
    """Observe a raw packet in several names, in one burst."""
    alerts: list[Alert] = []
    for place, name in enumerate(names):
        values = {"payload": b"loud", "transport": Transport.UDP, "mac": MAC,
                  "content_hash": hash(at) or 1, **changes}  # fmt: skip
        alerts += core.observe(observation(at + place / 10_000, source=name, **values)).alerts
    return alerts


def data(core: Engine, at: float, name: str) -> list[Alert]:
    """Observe data over TCP."""
    return probe(core, at, name, transport=Transport.TCP, content_hash=hash((at, name)))


def held_open(core: Engine, hours: int) -> list[Alert]:
    """Keep a window open by probes in the names of two innocents, one every twenty seconds."""
    return [
        alert
        for at in range(0, hours * HOUR, 20)
        for alert in probe(core, at, INNOCENT, OTHER, destination=f"10.1.{at // 5000}.{at % 250}")
    ]


def test_a_window_that_decoys_hold_open_names_the_scanner_with_his_first_data() -> None:
    """The scanner is named at once when he sends data, however long decoys held the window open."""
    core = engine()
    held_open(core, 8)
    probe(core, 8 * HOUR, INNOCENT, OTHER, SCANNER)

    (alert,) = data(core, 8 * HOUR + 1, SCANNER)

    assert (alert.action, alert.source, alert.caveats) == (Action.SCAN_CONTINUES, SCANNER, ())
    assert set(alert.decoys) == {INNOCENT, OTHER}
    assert alert.identity == f"source={SCANNER}"


def test_a_scanner_who_joins_decoys_without_data_is_listed_within_minutes() -> None:
    """An address that joins a group is listed within five minutes, however old the group is."""
    core = engine()
    held_open(core, 8)

    alerts = [
        alert
        for at in range(8 * HOUR, 8 * HOUR + 301, 20)
        for alert in probe(core, at, INNOCENT, SCANNER)
    ]

    assert SCANNER in alerts[0].decoys
    assert len(alerts) == 1


def test_the_scanner_is_named_although_more_decoys_came_before_than_are_tracked() -> None:
    """No number of decoys makes a host that sent no data the named scanner."""
    core = engine()
    names = [f"10.9.{number // 250}.{number % 250}" for number in range(1500)]
    probe(core, 0, *names, SCANNER)

    (alert,) = data(core, 1, SCANNER)

    assert (alert.source, alert.caveats) == (SCANNER, ())


def test_a_second_address_with_data_is_news_at_once_and_only_once() -> None:
    """Doubt about the source is reported at once, and cannot be repeated to flood the log."""
    core = engine()
    probe(core, 0, INNOCENT, SCANNER)
    (first,) = data(core, 1, SCANNER)
    (second,) = data(core, 2, INNOCENT)

    later = [alert for at in range(3, 290) for name in (SCANNER, INNOCENT)
             for alert in data(core, at, name)]  # fmt: skip

    assert (first.source, first.caveats) == (SCANNER, ())
    assert (second.caveats, second.decoys[0]) == (("spoofable",), INNOCENT)
    assert later == []


def test_a_copy_of_an_innocents_ordinary_packet_does_not_group_a_scanner_with_him() -> None:
    """A scanner who repeats a host's ordinary packet is not reported under that host's address."""
    core = engine(signature("loud"), signature("usual", Confidence.WEAK))
    probe(core, 0, INNOCENT, SCANNER, payload=b"usual")

    (alert,) = probe(core, 0.5, SCANNER)

    assert (alert.source, alert.decoys, alert.identity) == (SCANNER, (), f"source={SCANNER}")


def test_an_authorised_host_as_the_first_decoy_covers_nobody() -> None:
    """An authorised scanner's forged address authorises no other host, nor names it."""
    core = engine(authorised=(Authorisation("audit", (ip_network(INNOCENT),)),))

    alerts = probe(core, 0, INNOCENT, SCANNER) + probe(core, 1, INNOCENT, SCANNER)
    (named,) = data(core, 2, SCANNER)

    by_action = {alert.action: alert for alert in alerts}
    assert by_action[Action.SCAN_EXPECTED].source == INNOCENT
    assert by_action[Action.SCAN_OPENED].source == SCANNER
    assert (named.source, named.caveats, named.expected) == (SCANNER, (), "")
    assert named.identity == f"source={SCANNER}"


def test_an_innocent_whose_address_is_forged_is_never_certain() -> None:
    """A host in whose name only packets without data were sent keeps the caveat."""
    core = engine()

    alerts = held_open(core, 1) + list(core.drain().alerts)

    assert alerts
    assert all(alert.caveats == ("spoofable",) for alert in alerts)


def test_decoys_from_elsewhere_are_grouped_with_the_scanner_on_the_link(tmp_path: Path) -> None:
    """A raw scan in the name of hosts of the Internet is not reported as theirs."""
    syn = TcpShape(0x02, 1024, MSS_1460, sequence=0x5E07A957)
    frames = [
        tcp(syn, ports=(51_920, port), source=name, ttl=40 + place, number=port)
        for port in (80, 81, 82)
        for place, name in enumerate(("198.51.100.7", SCANNER, "203.0.113.9"))
    ]

    alerts = replayed(tmp_path, frames)

    assert len({alert.scan_id for alert in alerts}) == 1
    assert {alerts[-1].source, *alerts[-1].decoys} == {"198.51.100.7", SCANNER, "203.0.113.9"}
