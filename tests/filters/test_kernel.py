"""The kernel's filter lets a packet through if, and only if, it is wanted in some way."""

import random
import socket
from collections.abc import Sequence
from statistics import mean
from typing import Self

import pytest

from nmapwatchd.child.socket_filter import attach_filter
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.byte_tests import Alternative
from nmapwatchd.filters.clauses import clause_of
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.filters.kernel import kernel_filter
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.filters.machine import run
from tests.filters.packets import packet, wanted
from tests.frames import TAGS, frame, frames_of
from tests.golden import FOLDER

ETHERNET = 1

SHIPPED = compile_filters(shipped_catalogue())

# A query for an address, and one for the time.
QUERY = b"\x12\x34\1\0\0\1" + bytes(6) + b"\3www\7example\4test\0\0\1\0\1"
TIME = b"\x23" + bytes(47)


class Kernel:
    """Has the kernel run a program on whatever is sent to a socket."""

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
        """Tell whether the program lets a frame through."""
        self._near.send(data)
        try:
            return self._far.recv(len(data) + 1) == data
        except BlockingIOError:
            return False


def compiled(places: Sequence[Alternative]) -> bytes:
    """Return the program for some wishes."""
    ways = {t: [clause_of(tests) for over, tests in places if over is t] for t in Transport}
    return kernel_filter(ETHERNET, ways)


@pytest.mark.parametrize("count", [1, 3, 10, 100])
@pytest.mark.parametrize("seed", range(10))
def test_a_packet_is_let_through_if_it_is_wanted_in_some_way(count: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    places = [wanted(chance) for _ in range(count)]
    sent = [packet(chance) for _ in range(400)]
    with Kernel(compiled(places)) as kernel:
        taken = [kernel.takes(one.frame(chance.randrange(3))) for one in sent]

    assert taken == [
        any(over is one.transport and all(map(one.holds, tests)) for over, tests in places)
        for one in sent
    ]


@pytest.mark.parametrize("link", LINKS)
def test_the_kernel_takes_the_program_of_every_link(link: int) -> None:
    with Kernel(SHIPPED.kernel[link]) as kernel:
        assert not kernel.takes(bytes(60))


def test_nothing_is_let_through_of_a_source_that_is_passed_over() -> None:
    loud, quiet = ("10.0.0.5", "2001:db8::5"), ("10.0.0.6", "2001:db8:0:1::5")
    with Kernel(SHIPPED.without_sources(ETHERNET, loud)) as kernel:
        for tags in TAGS:
            sent = {
                source: frame(b"GET / HTTP/1.0\r\n", source=source, destination=source, tags=tags)
                for source in (*loud, *quiet)
            }
            assert tuple(s for s, data in sent.items() if kernel.takes(data)) == quiet


def test_what_the_link_adds_to_a_small_packet_is_not_its_payload() -> None:
    zeros = bytes(6)
    with Kernel(SHIPPED.kernel[ETHERNET]) as kernel:
        assert kernel.takes(frame(zeros))
        assert not kernel.takes(frame(b"") + zeros)


def test_a_bare_packet_is_told_though_what_the_link_added_was_not_captured() -> None:
    xmas = bytearray(frame(b"") + bytes(6))
    xmas[20], xmas[22], xmas[47] = 0x00, 40, 0x29  # not DF; time to live; FIN, PSH, URG

    assert run(SHIPPED.kernel[ETHERNET], bytes(xmas)).accepted
    assert run(SHIPPED.kernel[ETHERNET], bytes(xmas[:-4]), wire=len(xmas)).accepted
    assert not run(SHIPPED.kernel[ETHERNET], frame(b"") + bytes(6)).accepted


def test_the_machine_that_counts_says_what_the_kernel_says() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    program = compiled([wanted(chance) for _ in range(50)])
    frames = [packet(chance).frame() for _ in range(400)]
    with Kernel(program) as kernel:
        assert [run(program, data).accepted for data in frames] == list(map(kernel.takes, frames))


def test_what_nobody_wants_is_rejected_in_few_steps() -> None:
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
def test_what_every_host_asks_all_day_is_no_candidate(
    payload: bytes, transport: Transport, port: int
) -> None:
    asked = frame(payload, transport=transport, ports=(40_000, port))

    assert not run(SHIPPED.kernel[ETHERNET], asked).accepted


@pytest.mark.parametrize("name", ["curl-https", "openssl-s-client", "tls-hello-go"])
def test_nothing_of_an_ordinary_tls_session_is_a_candidate(name: str) -> None:
    session = frames_of(FOLDER / "clients" / f"{name}.pcap")

    assert session
    assert not any(run(SHIPPED.kernel[ETHERNET], data).accepted for data in session)
