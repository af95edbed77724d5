"""Detection by ICMPv6 requests."""

from pathlib import Path
from typing import Any

import pytest

from tests.packets import icmp, replayed, rule_ids

IPV6: dict[str, Any] = {"source": "2001:db8::5", "destination": "2001:db8::8", "version": 6}


@pytest.mark.parametrize(
    ("who", "frames"),
    [
        ("ping over IPv6", [icmp(128, sequence=n, ttl=64, flow=0x4D3F1, **IPV6) for n in range(9)]),
        ("a host on IPv6", [icmp(135, bytes(20), ttl=255, **IPV6)]),
    ],
)
def test_what_is_no_nmap_raises_no_alert(who: str, frames: list[bytes], tmp_path: Path) -> None:
    assert replayed(tmp_path, frames) == [], who


def test_the_requests_of_scripts_are_detected(tmp_path: Path) -> None:
    everybody = icmp(128, identifier=5, sequence=6, tos=1, flow=1, ttl=255, **IPV6)
    who = icmp(139, bytes(24), tos=1, flow=1, ttl=255, **IPV6)

    assert rule_ids(replayed(tmp_path, [everybody, who])) == {
        "icmpv6.multicast-echo", "icmpv6.node-information",
    }  # fmt: skip


def test_the_neighbour_solicitation_of_os_detection_is_detected(tmp_path: Path) -> None:
    frame = icmp(135, bytes(16), flow=0x12345, ttl=255, **IPV6)

    assert rule_ids(replayed(tmp_path, [frame])) == {"icmpv6.os-neighbour"}
