"""What is read in TNS connects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.tns import MATCHER, MAXIMUM_CONNECT_DATA
from tests.building import observation

# As oracle-brute of nmap 7.93 wrote it.
CONNECT = bytes.fromhex(
    "00e9000001000000013a012c0c4120007fff7f080000010000af003a0000020041410000000000000000000000"
    "000000000000000000000000002020284445534352495054494f4e3d28414444524553533d2850524f544f434f"
    "4c3d5443502928484f53543d31302e39312e302e382928504f52543d3135323129290a202028434f4e4e454354"
    "5f444154413d285345525645523d4445444943415445442928534552564943455f4e414d453d4f52434c292843"
    "49443d0a20202850524f4752414d3d73716c706c75732928484f53543d31302e39312e302e382928555345523d"
    "6e6d617029292929"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_connect_has_what_it_asks_for() -> None:
    assert "(USER=nmap)" in read(CONNECT)["connect_data"][0]


def test_a_connect_is_detected_on_any_port_and_a_refusal_on_none() -> None:
    refusal = CONNECT[:4] + b"\x04" + CONNECT[5:]

    assert MATCHER.accepts(observation(payload=CONNECT, destination_port=15210))
    assert not MATCHER.accepts(observation(payload=refusal, destination_port=15210))


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(CONNECT[:kept] + tail, Transport.TCP), dict)


def connect(data: bytes, *, length: int | None = None, kind: int = 1) -> bytes:
    """Return a packet with connect data after 58 bytes."""
    size = len(data) if length is None else length
    head = bytes(4) + bytes([kind]) + bytes(19) + size.to_bytes(2) + (58).to_bytes(2)
    return head.ljust(58, b"\0") + data


def test_connect_data_have_their_length_and_their_maximum() -> None:
    assert read(connect(b"abc"))["connect_data"] == ("abc",)
    assert read(connect(b"abc", length=2))["connect_data"] == ("ab",)
    assert read(connect(b"abc", length=9))["connect_data"] == ("abc",)
    for size in (MAXIMUM_CONNECT_DATA, MAXIMUM_CONNECT_DATA + 1):
        assert len(read(connect(b"a" * size))["connect_data"][0]) == MAXIMUM_CONNECT_DATA


@pytest.mark.parametrize("kind", [0, 2, 6])
def test_packets_of_another_type_have_no_connect_data(kind: int) -> None:
    assert "connect_data" not in read(connect(b"abc", kind=kind))
