"""Detection by ICMP requests."""

from pathlib import Path

import pytest

from tests.packets import TcpShape, icmp, replayed, rule_ids, tcp

ZEROS = bytes(12)


def test_the_echo_requests_of_os_detection_are_detected(tmp_path: Path) -> None:
    first = icmp(8, bytes(120), code=9, sequence=295, dont_fragment=True, ttl=49)
    second = icmp(8, bytes(150), sequence=296, tos=4, ttl=44, number=2)

    assert rule_ids(replayed(tmp_path, [first, second])) == {"icmp.os-echo-1", "icmp.os-echo-2"}


def test_empty_pings_with_three_ttls_are_detected(tmp_path: Path) -> None:
    frames = [icmp(8, identifier=n * 77, ttl=ttl, number=n) for n, ttl in enumerate((50, 41, 57))]

    assert rule_ids(replayed(tmp_path, frames)) == {"icmp.raw-echo", "icmp.raw-run"}


def test_one_empty_ping_is_no_alert(tmp_path: Path) -> None:
    assert replayed(tmp_path, [icmp(8, ttl=50)]) == []


def test_an_empty_ping_and_a_raw_syn_are_detected_together(tmp_path: Path) -> None:
    syn = TcpShape(0x002, 1024, bytes.fromhex("020405b4"), 3_044_066_553)

    alerts = replayed(tmp_path, [icmp(8, ttl=50), tcp(syn, ports=(62_337, 443), ttl=56)])

    assert rule_ids(alerts) == {"icmp.raw-echo", "tcp.raw-syn", "tcp.raw-syn-any-window"}


@pytest.mark.parametrize(
    ("kind", "data", "name"), [(13, ZEROS, "timestamp"), (17, ZEROS[:4], "mask")]
)
def test_other_requests_of_discovery_are_detected(
    kind: int, data: bytes, name: str, tmp_path: Path
) -> None:
    assert rule_ids(replayed(tmp_path, [icmp(kind, data, ttl=40)])) == {f"icmp.raw-{name}"}


@pytest.mark.parametrize(
    ("who", "frames"),
    [
        ("ping -s 0", [icmp(8, sequence=n, dont_fragment=True) for n in range(1, 9)]),
        ("fping and hping3 without data", [icmp(8, sequence=n) for n in range(9)]),
        ("the same behind six routers", [icmp(8, identifier=n, ttl=58) for n in range(9)]),
        ("traceroute with ICMP", [icmp(8, bytes(32), ttl=n) for n in range(1, 64)]),
        ("hping3 asking for timestamps", [icmp(13, b"\x02\x81\xc2\x14" + bytes(8), ttl=64)]),
        ("nping asking for timestamps", [icmp(13, ZEROS, sequence=1, ttl=64)]),
        ("an echo reply", [icmp(0, bytes(120), code=9, sequence=295, ttl=49)]),
    ],
)
def test_what_is_no_nmap_raises_no_alert(who: str, frames: list[bytes], tmp_path: Path) -> None:
    assert replayed(tmp_path, frames) == [], who


def test_the_request_of_a_script_is_detected(tmp_path: Path) -> None:
    forwarding = icmp(8, b"Nmap", identifier=0x1234, sequence=6, number=0xBEEF, ttl=255)

    assert rule_ids(replayed(tmp_path, [forwarding])) == {"icmp.ip-forwarding"}
