"""A network inventory is not named, whatever discovery protocols it speaks and to whom."""

import itertools
from collections.abc import Iterator

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from tests.adversary.shipped import alerts_of, catalogue, sent

# One request each of discovery protocols, with the port; all are among nmap's payloads, too.
DISCOVERY = [
    (5353, b"\0\0\0\0\0\1\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\1"),
    (1434, b"\2"),
    (5351, b"\0\0"),
    (623, b"\6\0\xff\6\0\0\x11\xbe\x80\0\0\0"),
    (623, b"\6\0\xff\7\0\0\0\0\0\0\0\0\0\x09\x20\x18\xc8\x81\0\x38\x8e\4\xb5"),
    (10001, b"\1\0\0\0"),
    (10001, b"\2\x08\0\0"),
    (177, b"\0\1\0\2\0\1\0"),
    (123, b"\xe3\0\4\xfa\0\1\0\0\0\1" + b"\0" * 30 + b"\xc5O#Kq\xb1R\xf3"),
    (3283, b"\0\x14\0\1\3"),
    (8611, b"BJNP\1\x30\0\0\0\1\0\0\0\0\0\0"),
    (2362, b"\0\0\0\0"),
    (30303, b"D"),
    (137, b"\x80\xf0\0\x10\0\1\0\0\0\0\0\0 CK" + b"A" * 30 + b"\0\0\x21\0\1"),
]  # fmt: skip


def one_target() -> Iterator[str]:
    return itertools.repeat("10.0.0.8")


def many_targets() -> Iterator[str]:
    return (f"10.0.{n // 200}.{n % 200 + 1}" for n in itertools.count())


@pytest.mark.parametrize(
    "targets",
    [one_target(), many_targets(), itertools.repeat("224.0.0.251"), itertools.repeat("10.0.0.255")],
    ids=["one target", "a target each", "multicast", "broadcast"],
)
def test_discovery_protocols_do_not_add_up(targets: Iterator[str]) -> None:
    """One datagram each of a dozen discovery protocols is an inventory, not nmap."""
    datagrams = [
        sent(payload, port, at, Transport.UDP, destination=target, source_port=40_000 + at)
        for at, ((port, payload), target) in enumerate(zip(DISCOVERY, targets, strict=False))
    ]

    assert alerts_of(datagrams) == []


def test_no_number_of_weak_datagrams_is_a_scan() -> None:
    """Every weak datagram of the catalogue, sent to one host, names nobody."""
    payloads = [
        (int(fields.get("destination_port", ("9",))[0]), fields["payload"][0].encode("latin-1"))
        for signature in catalogue().signatures
        if signature.matcher in ("payload", "discovery")
        and signature.confidence is Confidence.WEAK
        and signature.correlate is None
        for fields in (dict(example.fields) for example in signature.examples)
        if fields.get("transport", ("udp",)) == ("udp",) and "ttl" not in fields
    ]
    assert len(payloads) > 40

    (*alerts,) = alerts_of(
        sent(payload, port, at / 100, Transport.UDP)
        for at, (port, payload) in enumerate(payloads)
        if catalogue_is_weak(payload, port)
    )
    assert alerts == []


def catalogue_is_weak(payload: bytes, port: int) -> bool:
    """Return whether no rule that is more than weak evidence matches a datagram."""
    matches = catalogue().match(sent(payload, port, 0, Transport.UDP))
    return all(match.signature.confidence is Confidence.WEAK for match in matches)


def test_a_sweep_of_the_same_datagrams_is_an_inventory_too() -> None:
    """The same discovery protocols to every host of a network add up for none of them."""
    hosts = [f"10.0.0.{n}" for n in range(1, 200)]
    datagrams = [
        sent(payload, port, at / 1000, Transport.UDP, destination=host)
        for at, (host, (port, payload)) in enumerate(itertools.product(hosts, DISCOVERY))
    ]

    assert alerts_of(datagrams) == []


def test_probes_in_nmaps_order_to_one_port_are_a_scan() -> None:
    """Service probes to one port, which hardly any other software sends so, are still nmap."""
    run = [
        sent(b"\r\n\r\n", 4000, 1, source_port=40_001),
        sent(b"GET / HTTP/1.0\r\n\r\n", 4000, 2, source_port=40_002),
        sent(b"OPTIONS / HTTP/1.0\r\n\r\n", 4000, 3, source_port=40_003),
    ]

    alert, *_ = alerts_of(run)
    assert "payload.lines-then-get" in {rule.id for rule in alert.rules}
