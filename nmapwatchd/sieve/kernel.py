"""
Compiles a catalogue to a kernel filter, in libpcap's language.

Three traps of classic BPF shape what is written here. A load beyond the packet's end rejects the
packet whatever stands behind the next `or`, so tests are ordered by how far they reach. `tcp[...]`
means IPv4 only, so IPv6 has an arm of its own. `vlan` shifts every offset to its right, so each
depth of tagging has an arm of its own, outermost first.
"""

from collections.abc import Iterable

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.core.observation import Transport
from nmapwatchd.sieve.positions import Bytes, Place, Port, Test, places

# Offsets of a transport's payload and of its destination port, as libpcap's index expressions.
# An IPv6 packet with extension headers is not looked into: nothing that nmap writes through a
# socket has them.
_IPV4 = {
    Transport.TCP: ("tcp", "((tcp[12] & 0xf0) >> 2)", 0),
    Transport.UDP: ("udp", "", 8),
}
_IPV6 = {
    Transport.TCP: ("ip6", "((ip6[52] & 0xf0) >> 2)", 40),
    Transport.UDP: ("ip6", "", 48),
}
_PROTOCOL = {Transport.TCP: 6, Transport.UDP: 17}

TAGS = 2  # 802.1Q in 802.1ad is as deep as a LAN's switches tag


def kernel_filter(catalogue: Catalogue, *, tags: int = TAGS) -> str:
    """
    Return the filter that lets through what some signature could want, and little else.

    Args:
        catalogue: what shall be seen.
        tags: VLAN tags that are looked behind; 0 for a link that cannot carry any.

    Raises:
        ValueError: a signature fixes no byte, so that it would open the whole wire.
    """
    found: set[Place] = set()
    for chapter in catalogue.chapters:
        for place in places(chapter):
            if not any(isinstance(test, Bytes) for test in place[1]):
                names = ", ".join(row.id for row in chapter.signatures)
                raise ValueError(f"no byte is fixed by a signature among {names}")
            found.add(place)
    found = _without_implied(found)
    untagged = " or ".join(
        arm
        for transport in Transport
        if (tests := [tests for over, tests in found if over is transport])
        for arm in (_ipv4(transport, tests), _ipv6(transport, tests))
    )
    text = untagged
    for _ in range(tags):
        text = f"({untagged}) or (vlan and ({text}))"
    return text


def _without_implied(found: set[Place]) -> set[Place]:
    """Leave out what another alternative lets through anyway."""
    return {
        (over, tests)
        for over, tests in found
        if not any(other < tests for place_over, other in found if place_over is over)
    }


def _reach(tests: Iterable[Test]) -> int:
    return max(t.offset + len(t.value) for t in tests if isinstance(t, Bytes))


def _ordered(alternatives: list[frozenset[Test]]) -> list[list[Test]]:
    """Order alternatives by reach, and the tests within each by offset: ports first."""
    by_reach = sorted(alternatives, key=lambda tests: (_reach(tests), sorted(map(str, tests))))
    return [
        sorted(tests, key=lambda t: (t.offset if isinstance(t, Bytes) else -1, str(t)))
        for tests in by_reach
    ]


def _ipv4(transport: Transport, alternatives: list[frozenset[Test]]) -> str:
    name, payload, base = _IPV4[transport]
    return f"({name} and ({_any_of(alternatives, name, payload, base, f'{name}[2:2]')}))"


def _ipv6(transport: Transport, alternatives: list[frozenset[Test]]) -> str:
    name, payload, base = _IPV6[transport]
    body = _any_of(alternatives, name, payload, base, "ip6[42:2]")
    return f"(ip6 and ip6[6] = {_PROTOCOL[transport]} and ({body}))"


def _any_of(
    alternatives: list[frozenset[Test]], name: str, payload: str, base: int, port: str
) -> str:
    written = []
    for tests in _ordered(alternatives):
        comparisons = [
            comparison
            for test in tests
            for comparison in (
                [f"{port} = {test.number}"]
                if isinstance(test, Port)
                else _compare(test, name, payload, base)
            )
        ]
        written.append(" and ".join(comparisons))
    return " or ".join(f"({text})" if " and " in text else text for text in written)


def _compare(test: Bytes, name: str, payload: str, base: int) -> list[str]:
    """Compare bytes in the steps of 4, 2 and 1 that BPF can load."""
    comparisons = []
    offset, value = test.offset, test.value
    while value:
        step = next(size for size in (4, 2, 1) if size <= len(value))
        number = int.from_bytes(value[:step])
        where = "+".join(filter(None, (payload, str(base + offset))))
        comparisons.append(f"{name}[{where}:{step}] = {number:#x}")
        offset, value = offset + step, value[step:]
    return comparisons
