"""A packet comes from the link if its source is a neighbour and its MAC address is no router's."""

from ipaddress import IPv4Network

import pytest

from nmapwatchd.core.attribution import link
from nmapwatchd.core.attribution.link import ROUTED_SOURCES, LocalLinks
from tests.building import observation

MAC, ROUTER = "52:54:00:12:34:56", "52:54:00:00:00:01"
CAMPUS = IPv4Network("198.51.100.0/24")


def is_on_link(source: str, destination: str = "10.0.0.8", **changes: object) -> bool:
    changes = {"mac": MAC, **changes}
    return LocalLinks().is_on_link(observation(source=source, destination=destination, **changes))


def routed(number: int) -> str:
    return f"198.18.{number // 256}.{number % 256}"


def with_router(sources: int = ROUTED_SOURCES, links: LocalLinks | None = None) -> LocalLinks:
    """Return links where one MAC address has sent for several sources from elsewhere."""
    links = links or LocalLinks()
    for number in range(sources):
        links.learn(observation(source=routed(number), mac=ROUTER))
    return links


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("10.0.0.5", "10.0.0.8"),
        ("172.31.4.5", "172.31.4.8"),
        ("192.168.7.5", "192.168.7.8"),
        ("169.254.1.5", "169.254.1.8"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.1.5", "10.0.0.8"),
        ("192.168.7.5", "10.20.30.40"),
    ],
)
def test_private_addresses_are_not_behind_the_internet(source: str, destination: str) -> None:
    assert is_on_link(source, destination)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("192.0.2.5", "192.0.2.8"),
        ("198.51.100.5", "198.51.100.8"),
        ("203.0.113.5", "203.0.113.8"),
        ("8.8.8.8", "8.8.8.4"),
        ("100.64.0.5", "100.64.0.8"),
    ],
)
def test_other_addresses_are_not_even_those_of_documentation(source: str, destination: str) -> None:
    assert not is_on_link(source, destination)


def test_a_source_in_a_network_of_its_interface_is_a_neighbour() -> None:
    links = LocalLinks()
    links.set_networks({"eth0": [CAMPUS]}, ())
    seen = observation(source="198.51.100.5", mac=MAC)

    assert links.is_on_link(seen)
    assert not links.is_on_link(observation(source="198.51.100.5", mac=MAC, interface="eth1"))
    assert not links.is_on_link(observation(source="198.51.101.5", mac=MAC))


def test_a_source_in_a_declared_network_is_a_neighbour_on_every_interface() -> None:
    links = LocalLinks()
    links.set_networks({"eth0": []}, [CAMPUS])

    assert links.is_on_link(observation(source="198.51.100.5", mac=MAC))
    assert links.is_on_link(observation(source="198.51.100.5", mac=MAC, interface="eth7"))


def test_a_router_that_masquerades_is_no_proof_of_its_own_packets() -> None:
    links = LocalLinks()
    links.set_networks({"eth0": [CAMPUS]}, (), ["198.51.100.1", "10.0.0.1"])

    assert not links.is_on_link(observation(source="198.51.100.1", mac=MAC))
    assert not links.is_on_link(observation(source="10.0.0.1", mac=MAC))
    assert links.is_on_link(observation(source="198.51.100.5", mac=MAC))


def test_a_link_without_mac_addresses_has_no_known_neighbours() -> None:
    links = LocalLinks()
    links.set_networks({"eth0": [CAMPUS]}, ())

    assert not links.is_on_link(observation(source="198.51.100.5"))


def test_over_ipv6_a_hop_limit_that_no_router_lowered_decides() -> None:
    for source in ("fd00::5", "2001:db8::5", "fe80::5"):
        assert is_on_link(source, "fd00::8", decoded={"ipv6.hlim": ("255",)})
        assert not is_on_link(source, "fd00::8", decoded={"ipv6.hlim": ("254",)})
    assert not is_on_link("fd00::5", "fd00::8")


@pytest.mark.parametrize(
    ("source", "destination", "changes", "expected"),
    [
        ("10.0.0.5", "10.0.0.8", {}, True),
        ("10.0.1.5", "10.0.0.8", {}, False),
        ("198.51.100.5", "10.0.0.8", {}, True),
        ("203.0.113.5", "203.0.113.8", {}, False),
        ("10.0.0.1", "10.0.0.8", {}, False),
        ("10.0.0.5", "10.0.0.8", {"mac": ""}, False),
        ("127.0.0.1", "127.0.0.1", {"mac": "00:00:00:00:00:00"}, False),
        ("10.0.0.5", "10.0.0.8", {"outer": ("192.0.2.1>192.0.2.2",)}, False),
        ("fe80::5", "ff02::1", {}, True),
        ("2001:db8::5", "2001:db8::8", {}, True),
        ("2001:db8::5", "2001:db8:0:1::8", {}, False),
        ("2001:db8::5", "2001:db8:0:1::8", {"decoded": {"ipv6.hlim": ("255",)}}, True),
        ("2001:db8::5", "2001:db8:0:1::8", {"decoded": {"ipv6.hlim": ("64",)}}, False),
        ("fe80::5", "fe80::8", {"mac": ""}, False),
    ],
)
def test_a_mac_address_is_its_sender_s_only_where_no_router_can_have_sent_the_packet(
    source: str, destination: str, changes: dict[str, object], expected: bool
) -> None:
    links = LocalLinks()
    links.set_networks({"eth0": [CAMPUS]}, (), ["10.0.0.1"])
    changes = {"mac": MAC, **changes}
    seen = observation(source=source, destination=destination, **changes)

    assert links.has_own_mac(seen) is expected


def test_the_mac_address_of_a_router_is_no_sender_s() -> None:
    neighbour = observation(mac=ROUTER)
    assert LocalLinks().has_own_mac(neighbour)
    assert not with_router().has_own_mac(neighbour)
    ipv6 = observation(source="2001:db8::5", destination="2001:db8::8", mac=ROUTER)
    assert not with_router().has_own_mac(ipv6)


def test_a_mac_address_with_many_sources_from_elsewhere_is_a_router_s() -> None:
    neighbour = observation(mac=ROUTER)

    assert with_router(ROUTED_SOURCES - 1).is_on_link(neighbour)
    assert not with_router().is_on_link(neighbour)
    assert with_router().is_on_link(observation(mac=MAC))


def test_a_mac_address_with_many_private_sources_of_other_subnets_is_a_router_s() -> None:
    links = LocalLinks()
    for number in range(ROUTED_SOURCES):
        links.learn(observation(source=f"10.{number + 1}.0.5", mac=ROUTER))

    assert not links.is_on_link(observation(source="10.1.0.5", mac=ROUTER))
    assert links.is_on_link(observation(source="10.1.0.5", mac=MAC))


def test_sources_that_repeat_neighbours_and_ipv6_make_no_router() -> None:
    links = LocalLinks()
    for number in range(3 * ROUTED_SOURCES):
        links.learn(observation(source=routed(number % 2), mac=MAC))
        links.learn(observation(source=f"10.0.0.{number + 1}", mac=MAC))
        links.learn(observation(source=f"2001:db8::{number:x}", mac=MAC))
        links.learn(observation(source=routed(number)))

    assert links.is_on_link(observation(mac=MAC))


def test_the_tables_are_bounded_and_evictions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MAXIMUM_MACS", 3)
    monkeypatch.setattr(link, "MAXIMUM_ROUTERS", 2)
    links = LocalLinks()
    for number in range(5):
        links.learn(observation(source="10.0.0.5", mac=f"mac {number}"))
    assert links.evicted_macs == 2

    with_router(links=links)
    assert not links.is_on_link(observation(mac=ROUTER))
    for number in range(2 * ROUTED_SOURCES):
        links.learn(observation(source=routed(number), mac=f"router {number // ROUTED_SOURCES}"))
    assert links.is_on_link(observation(mac=ROUTER))
    assert not links.is_on_link(observation(mac="router 1"))
