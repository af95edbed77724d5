"""The kernel's filter passes a packet if, and only if, every test of some alternative does."""

import random
import socket
from collections.abc import Sequence
from statistics import mean
from typing import Self

import pytest

from nmapwatchd.child.socket_filter import attach_filter
from nmapwatchd.core.matching.matcher import Base
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.filters.byte_tests import Alternative, Bytes, ByteTest
from nmapwatchd.filters.clauses import clause_of
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.filters.kernel import kernel_filter
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.filters.machine import run
from tests.filters.packets import packet, random_alternative
from tests.frames import TAGS, frame, frames_of
from tests.golden import FOLDER

ETHERNET = 1

SHIPPED = compile_filters(shipped_catalogue())

# A query for an address, and one for the time.
QUERY = b"\x12\x34\1\0\0\1" + bytes(6) + b"\3www\7example\4test\0\0\1\0\1"
TIME = b"\x23" + bytes(47)


class Kernel:
    """Makes the kernel run a program on what is sent to a socket."""

    def __init__(self, program: bytes) -> None:
        self._near, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._far.setblocking(False)
        attach_filter(self._far, program)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._near.close()
        self._far.close()

    def takes(self, data: bytes) -> bool:
        """Return whether the program passes a frame."""
        self._near.send(data)
        try:
            return self._far.recv(len(data) + 1) == data
        except BlockingIOError:
            return False


def compiled(alternatives: Sequence[Alternative]) -> bytes:
    """Return the program for some alternatives."""
    clauses = {
        t: [clause_of(tests) for over, tests in alternatives if over is t] for t in Transport
    }
    return kernel_filter(ETHERNET, clauses)


@pytest.mark.parametrize("count", [1, 3, 10, 100])
@pytest.mark.parametrize("seed", range(10))
def test_a_packet_passes_if_every_test_of_some_alternative_does(count: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    alternatives = [random_alternative(chance) for _ in range(count)]
    sent = [packet(chance) for _ in range(400)]
    with Kernel(compiled(alternatives)) as kernel:
        taken = [kernel.takes(one.frame(chance.randrange(3))) for one in sent]

    assert taken == [
        any(over is one.transport and all(map(one.passes, tests)) for over, tests in alternatives)
        for one in sent
    ]


@pytest.mark.parametrize("link", LINKS)
def test_the_kernel_takes_the_program_of_every_link(link: int) -> None:
    with Kernel(SHIPPED.kernel[link]) as kernel:
        assert not kernel.takes(bytes(60))


def test_nothing_of_a_blocked_source_passes() -> None:
    blocked, others = ("10.0.0.5", "2001:db8::5"), ("10.0.0.6", "2001:db8:0:1::5")
    with Kernel(SHIPPED.shedding(ETHERNET, ShedSources(blocked=blocked))) as kernel:
        for tags in TAGS:
            sent = {
                source: frame(b"GET / HTTP/1.0\r\n", source=source, destination=source, tags=tags)
                for source in (*blocked, *others)
            }
            assert tuple(s for s, data in sent.items() if kernel.takes(data)) == others


def test_of_a_limited_source_passes_what_is_distinctive_and_what_has_no_payload() -> None:
    limited, others = ("10.0.0.5", "2001:db8::5"), ("10.0.0.6", "2001:db8:0:1::5")
    xmas = bytearray(frame(b""))
    xmas[20], xmas[22], xmas[47] = 0x00, 40, 0x29  # not DF; time to live; FIN, PSH, URG
    ordinary, of_nmap = b"GET /index.html HTTP/1.0\r\n", b"GET /nice%20ports%2C/Tri%6Eity.txt"
    with Kernel(SHIPPED.shedding(ETHERNET, ShedSources(limited=limited))) as kernel:
        for tags in TAGS:
            for source in (*limited, *others):

                def takes(payload: bytes) -> bool:
                    data = frame(payload, source=source, destination=source, tags=tags)  # noqa: B023
                    return kernel.takes(data)

                assert takes(of_nmap)
                assert takes(ordinary) is (source in others)
        assert kernel.takes(bytes(xmas))
        assert not kernel.takes(frame(b""))


def test_padding_of_a_small_packet_is_not_its_payload() -> None:
    zeros = bytes(6)
    with Kernel(SHIPPED.kernel[ETHERNET]) as kernel:
        assert kernel.takes(frame(zeros))
        assert not kernel.takes(frame(b"") + zeros)


def test_a_packet_without_payload_passes_though_its_padding_was_not_captured() -> None:
    xmas = bytearray(frame(b"") + bytes(6))
    xmas[20], xmas[22], xmas[47] = 0x00, 40, 0x29  # not DF; time to live; FIN, PSH, URG

    assert run(SHIPPED.kernel[ETHERNET], bytes(xmas)).accepted
    assert run(SHIPPED.kernel[ETHERNET], bytes(xmas[:-4]), wire=len(xmas)).accepted
    assert not run(SHIPPED.kernel[ETHERNET], frame(b"") + bytes(6)).accepted


def test_the_emulator_decides_as_the_kernel_does() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    program = compiled([random_alternative(chance) for _ in range(50)])
    frames = [packet(chance).frame() for _ in range(400)]
    with Kernel(program) as kernel:
        assert [run(program, data).accepted for data in frames] == list(map(kernel.takes, frames))


def test_what_no_signature_matches_is_rejected_in_few_steps() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    program = SHIPPED.kernel[ETHERNET]
    runs = [run(program, frame(chance.randbytes(1400), options=bytes(12))) for _ in range(200)]
    bare = run(program, frame(b"", options=bytes(12)))

    assert mean(one.instructions for one in runs) < 90
    assert mean(one.loads for one in runs) < 8
    assert (bare.accepted, bare.instructions < 60, bare.loads < 5) == (False, True, True)


@pytest.mark.parametrize(
    ("payload", "transport", "port"),
    [
        (QUERY, Transport.UDP, 53),
        (len(QUERY).to_bytes(2) + QUERY, Transport.TCP, 53),
        (TIME, Transport.UDP, 123),
    ],
    ids=["dns", "dns-over-tcp", "ntp"],
)
def test_ordinary_queries_are_no_candidates(
    payload: bytes, transport: Transport, port: int
) -> None:
    request = frame(payload, transport=transport, ports=(40_000, port))

    assert not run(SHIPPED.kernel[ETHERNET], request).accepted


@pytest.mark.parametrize("name", ["curl-https", "openssl-s-client", "tls-hello-go"])
def test_nothing_of_an_ordinary_tls_session_is_a_candidate(name: str) -> None:
    session = frames_of(FOLDER / "clients" / f"{name}.pcap")

    assert session
    assert not any(run(SHIPPED.kernel[ETHERNET], data).accepted for data in session)


def over_tcp(*tests: ByteTest) -> bytes:
    """Return the program of one alternative over TCP."""
    return compiled([(Transport.TCP, frozenset(tests))])


def fragment(flags_and_offset: int, kept: int | None = None) -> bytes:
    """Return a frame whose IPv4 packet is a fragment, of which some bytes are captured."""
    data = bytearray(frame(b"payload"))
    data[20:22] = flags_and_offset.to_bytes(2)
    return bytes(data[:kept])


IN_FIRST_EIGHT = Bytes(4, b"\0\0\0\0", Base.HEADER)
BEYOND_EIGHT = Bytes(13, b"\x18", Base.HEADER)


@pytest.mark.parametrize("flags", [0x0000, 0x4000])
def test_a_whole_packet_passes_on_any_part_of_its_header(flags: int) -> None:
    assert run(over_tcp(IN_FIRST_EIGHT), fragment(flags)).accepted
    assert run(over_tcp(BEYOND_EIGHT), fragment(flags)).accepted


def test_a_first_fragment_passes_on_the_first_eight_bytes_of_its_header_only() -> None:
    first = fragment(0x2000, 14 + 20 + 8)

    assert run(over_tcp(IN_FIRST_EIGHT), first).accepted
    assert not run(over_tcp(BEYOND_EIGHT), first).accepted
    assert not run(over_tcp(IN_FIRST_EIGHT), first[:-1]).accepted


@pytest.mark.parametrize("flags", [0x0001, 0x2001, 0x1FFF, 0x3FFF])
def test_a_later_fragment_is_rejected(flags: int) -> None:
    assert not run(over_tcp(IN_FIRST_EIGHT), fragment(flags)).accepted
    assert not run(over_tcp(Bytes(0, b"payl")), fragment(flags)).accepted


def test_a_first_fragment_of_another_protocol_is_rejected() -> None:
    datagram = bytearray(fragment(0x2000))
    datagram[23] = 17

    assert not run(over_tcp(IN_FIRST_EIGHT), bytes(datagram)).accepted


def test_more_fragments_is_compared_in_a_fragment_and_excludes_a_whole_packet() -> None:
    more = Bytes(6, b"\x20", Base.IPV4, b"\x20")

    assert run(over_tcp(more, IN_FIRST_EIGHT), fragment(0x2000)).accepted
    assert not run(over_tcp(more, IN_FIRST_EIGHT), fragment(0x4000)).accepted


@pytest.mark.parametrize(("size", "accepted"), [(14 + 20 + 15, False), (14 + 20 + 16, True)])
def test_a_truncated_tcp_header_is_rejected(size: int, accepted: bool) -> None:
    assert run(over_tcp(IN_FIRST_EIGHT), frame(b"")[:size]).accepted is accepted


def test_a_protocol_without_header_is_compared_by_ip_alone() -> None:
    program = compiled([(Transport.IP, frozenset({Bytes(9, b"\x2f", Base.IPV4)}))])
    data = bytearray(frame(b""))
    assert not run(program, bytes(data)).accepted
    data[23] = 47

    assert run(program, bytes(data[: 14 + 20])).accepted
    assert not run(program, bytes(data[: 14 + 19])).accepted


def test_a_clause_of_one_version_of_ip_rejects_the_other() -> None:
    ttl, hops = Bytes(8, b"\x40", Base.IPV4), Bytes(7, b"\x40", Base.IPV6)
    over_ipv4 = frame(b"")
    over_ipv6 = frame(b"", source="2001:db8::5", destination="2001:db8::8")

    assert run(over_tcp(ttl), over_ipv4).accepted
    assert run(over_tcp(hops), over_ipv6).accepted
    assert not run(over_tcp(ttl), over_ipv6).accepted
    assert not run(over_tcp(hops), over_ipv4).accepted


def test_a_packet_that_passes_is_kept_whole() -> None:
    assert run(over_tcp(IN_FIRST_EIGHT), frame(b"")).returned >= 65_549


def test_ipv6_extension_headers_are_not_inspected() -> None:
    data = bytearray(frame(b"payload", source="2001:db8::5", destination="2001:db8::8"))
    assert run(over_tcp(Bytes(0, b"payl")), bytes(data)).accepted
    data[20] = 0  # hop-by-hop options

    assert not run(over_tcp(Bytes(0, b"payl")), bytes(data)).accepted
