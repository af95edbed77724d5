"""Detection by TCP packets, by one of them and by several."""

from pathlib import Path

import pytest

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.matchers.tcp import MATCHER
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.packets import MSS_1460, TcpShape, replayed, rule_ids, tcp

ROWS = [row for row in shipped_catalogue().signatures if row.matcher == MATCHER.name]

LINUX_OPTIONS = bytes.fromhex("020405b40402080a3f1c22100000000001030307")
# A SYN of nmap 7.93's -sS to two ports, as it was captured.
SYN = TcpShape(flags=0x002, window=1024, options=MSS_1460, sequence=3_725_039_319)


def scan(shape: TcpShape, ports: tuple[int, ...] = (21, 22, 23), **changes: object) -> list[bytes]:
    """Return packets of one source port to several, with TTLs as nmap draws them."""
    return [
        tcp(shape, ports=(44_765, port), ttl=ttl, number=7 * port, **changes)
        for port, ttl in zip(ports, (55, 50, 40, 37, 59), strict=False)
    ]


def test_a_signature_that_tests_options_tests_the_header_length_too() -> None:
    lacking = [
        row.id
        for row in ROWS
        if "options" in row.reads and "header_length" not in row.reads
    ]  # fmt: skip

    assert lacking == []


def test_a_syn_scan_of_two_ports_is_detected(tmp_path: Path) -> None:
    alerts = replayed(tmp_path, scan(SYN)[:2])

    assert "tcp.raw-syn-run" in rule_ids(alerts)
    assert "-sS" in alerts[-1].explanation.options


def test_a_single_raw_syn_is_detected(tmp_path: Path) -> None:
    assert "tcp.raw-syn" in rule_ids(replayed(tmp_path, scan(SYN)[:1]))


def test_a_single_raw_syn_with_another_window_or_over_ipv6_is_no_alert(tmp_path: Path) -> None:
    edited = TcpShape(0x002, 10_240, MSS_1460, SYN.sequence)
    ipv6 = {"source": "2001:db8::5", "destination": "2001:db8::8"}

    assert replayed(tmp_path, scan(edited)[:1]) == []
    assert replayed(tmp_path, [tcp(SYN, ports=(44_765, 22), ttl=255, **ipv6)]) == []


def test_naabu_s_copy_of_the_syn_is_no_alert_though_routers_took_from_its_ttl(
    tmp_path: Path,
) -> None:
    counted = [TcpShape(SYN.flags, SYN.window, SYN.options, sequence=n) for n in range(8)]

    frames = [tcp(shape, ports=(51_000, 20 + n), ttl=59) for n, shape in enumerate(counted)]

    assert replayed(tmp_path, frames) == []


@pytest.mark.parametrize(("flags", "options"), [(0x003, MSS_1460), (0x028, b""), (0x02B, MSS_1460)])
def test_a_scan_with_flags_of_the_user_s_is_detected(
    flags: int, options: bytes, tmp_path: Path
) -> None:
    frames = scan(TcpShape(flags, 1024, options, 179_315_955))

    assert rule_ids(replayed(tmp_path, frames[:1])) == {"tcp.raw-flags"}


def test_a_syn_scan_with_another_window_is_detected(tmp_path: Path) -> None:
    edited = TcpShape(0x002, 10_240, MSS_1460, SYN.sequence)

    assert rule_ids(replayed(tmp_path, scan(edited))) == {
        "tcp.raw-syn-run",
        "tcp.raw-syn-any-window",
    }


def test_a_sweep_of_hosts_is_detected_as_a_scan_of_ports_is(tmp_path: Path) -> None:
    frames = [
        tcp(SYN, ports=(44_765, 22), destination=f"10.0.0.{host}", ttl=ttl, number=host)
        for host, ttl in ((8, 41), (9, 52))
    ]

    assert "tcp.raw-syn-run" in rule_ids(replayed(tmp_path, frames))


def test_a_scan_over_ipv6_is_detected(tmp_path: Path) -> None:
    frames = [
        tcp(SYN, ports=(44_765, port), source="2001:db8::5", destination="2001:db8::8", ttl=255)
        for port in (22, 80)
    ]

    assert "tcp.raw-syn-run-ipv6" in rule_ids(replayed(tmp_path, frames))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("fin", TcpShape(0x001, 1024, sequence=179_315_955)),
        ("null", TcpShape(0x000, 1024, sequence=1_977_082_083)),
        ("xmas", TcpShape(0x029, 1024, sequence=3_951_395_791)),
        ("ack", TcpShape(0x010, 1024, acknowledgment=3_177_134_222)),
        ("maimon", TcpShape(0x011, 1024, acknowledgment=2_151_407_780)),
    ],
)
def test_the_other_raw_scans_are_detected_with_their_window_and_without(
    name: str, shape: TcpShape, tmp_path: Path
) -> None:
    edited = TcpShape(shape.flags, 5000, b"", shape.sequence, shape.acknowledgment)
    whatever_the_ttl = "acknowledgment" if shape.flags & 0x10 else "sequence"

    assert rule_ids(replayed(tmp_path, scan(shape))) == {
        f"tcp.raw-{name}", f"tcp.raw-{name}-run", f"tcp.raw-{whatever_the_ttl}-run",
    }  # fmt: skip
    assert rule_ids(replayed(tmp_path, scan(edited))) == {f"tcp.raw-{name}-run"}


def stack(ttl: int, window: int = 1024, step: int = 0, ip_id: int = 1) -> list[bytes]:
    """Return SYNs of a scanner that begins every packet with the same TTL."""
    return [
        tcp(
            TcpShape(0x002, window, MSS_1460, SYN.sequence + step * port),
            ports=(44_765, port), ttl=ttl, number=ip_id or port,
        )
        for port in range(20, 30)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "frames"),
    [
        ("masscan", stack(255, step=7919, ip_id=0)),
        ("scapy, which keeps port and number too", stack(64)),
        ("scapy behind five routers", stack(59, window=8192, ip_id=0)),
        ("a stack that sets DF", [*scan(SYN, dont_fragment=True)]),
        (
            "a small device that counts up its numbers",
            [
                tcp(
                    TcpShape(0x002, 1024, MSS_1460, 6_509 + n), ports=(50_000 + n, 1883), ttl=255,
                    number=n,
                )
                for n in range(9)
            ],
        ),
        (
            "Linux",
            [
                tcp(
                    TcpShape(0x002, 64_240, LINUX_OPTIONS, n),
                    ports=(50_000 + n, 443), dont_fragment=True, number=n,
                )
                for n in range(9)
            ],
        ),
        (
            "hping3 -A",
            [tcp(TcpShape(0x010, 512, b"", n * 77, n * 99), ports=(2000 + n, n)) for n in range(9)],
        ),
    ],
)  # fmt: skip
def test_what_is_no_nmap_raises_no_alert(who: str, frames: list[bytes], tmp_path: Path) -> None:
    alerts: list[Alert] = replayed(tmp_path, frames)

    assert alerts == [], who


def test_the_matcher_reads_packets_without_payload() -> None:
    assert MATCHER.reads_headers
    assert not Matcher(name="test", title="Test").reads_headers
