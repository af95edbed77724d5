"""What the filter can look into, and what it cannot, by the names around a packet."""

import pytest

from nmapwatchd.filters.wrappings import (
    ALL,
    DISSECTORS,
    MAXIMUM_TUNNELS,
    TUNNELS,
    Wrapping,
    obstacle,
)


@pytest.mark.parametrize(
    "path", ["", "vxlan", "mpls", "erspan/vxlan", "mpls/vxlan", "gre/ipip/mpls"]
)
def test_wrappings_that_are_enabled_are_no_obstacle(path: str) -> None:
    assert obstacle(path, ALL) == ""


@pytest.mark.parametrize(
    ("path", "name"), [("esp", "esp"), ("gre/esp", "esp"), ("ethertype-1234",) * 2]
)
def test_what_the_filter_does_not_know_is_an_obstacle(path: str, name: str) -> None:
    assert obstacle(path, ALL) == name


def test_a_wrapping_that_is_not_enabled_is_an_obstacle_the_outermost_first() -> None:
    assert obstacle("erspan/vxlan", {Wrapping.ERSPAN}) == "vxlan"
    assert obstacle("erspan/vxlan", {Wrapping.VXLAN}) == "erspan"
    assert obstacle("vxlan", ()) == "vxlan"


def test_a_third_tunnel_is_an_obstacle() -> None:
    assert MAXIMUM_TUNNELS == 2
    assert obstacle("gre/ipip/vxlan", ALL) == "vxlan within two other tunnels"


def test_labels_and_sessions_are_no_tunnels() -> None:
    assert {Wrapping.MPLS, Wrapping.PPPOE} == ALL - TUNNELS


def test_each_wrapping_has_its_dissectors() -> None:
    assert DISSECTORS.keys() == ALL
