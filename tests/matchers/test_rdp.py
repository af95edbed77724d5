"""What is read in RDP connection requests and in a client's core data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.rdp import MATCHER
from tests.building import observation

# Each as nmap 7.93 wrote it to xrdp.
REQUEST = bytes.fromhex(
    "0300002a25e00000000000436f6f6b69653a206d737473686173683d6e6d61700d0a010008000b000000"
)
REQUEST_WITHOUT_PROTOCOLS = bytes.fromhex(
    "030000221de00000000000436f6f6b69653a206d737473686173683d6e6d61700d0a"
)
CORE_DATA = bytes.fromhex(
    "030001a002f0807f658201940401010401010101ff30190201220201020201000201010201000201010202ffff"
    "020102301902010102010102010102010102010002010102020420020102301c0202ffff0202fc170202ffff02"
    "01010201000201010202ffff02010204820133000500147c0001812a000800100001c00044756361811c01c0d8"
    "00040008000005200301ca03aa09040000280a000045004d0050002d004c00410050002d003000300031003400"
    "000000000000000004000000000000000c000000"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_request_has_its_cookie_and_the_protocols_it_offers() -> None:
    fields = read(REQUEST)

    assert fields["cookie"] == ("mstshash=nmap",)
    assert fields["requested_protocols"] == ("11",)


def test_a_request_may_offer_no_protocol() -> None:
    fields = read(REQUEST_WITHOUT_PROTOCOLS)

    assert fields["cookie"] == ("mstshash=nmap",)
    assert "requested_protocols" not in fields


def test_a_request_may_have_no_cookie() -> None:
    fields = read(b"\3\0\0\x13\x0e\xe0\0\0\0\0\0" + b"\1\0\x08\0\3\0\0\0")

    assert "cookie" not in fields
    assert fields["requested_protocols"] == ("3",)


def test_core_data_have_the_clients_name_and_build() -> None:
    fields = read(CORE_DATA)

    assert fields["client_name"] == ("EMP-LAP-0014",)
    assert fields["client_build"] == ("2600",)


def test_both_are_messages_of_a_client_and_a_confirmation_is_not() -> None:
    assert MATCHER.accepts(observation(payload=REQUEST))
    assert MATCHER.accepts(observation(payload=CORE_DATA))
    assert not MATCHER.accepts(observation(payload=bytes.fromhex("0300000b06d00000123400")))


@given(st.binary(max_size=100), st.integers(0, len(CORE_DATA)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(tail, Transport.TCP), dict)
    assert isinstance(MATCHER.read(REQUEST[:kept] + tail, Transport.TCP), dict)
    assert isinstance(MATCHER.read(CORE_DATA[:kept] + tail, Transport.TCP), dict)


def test_a_cookie_needs_its_line_end() -> None:
    assert "cookie" not in read(REQUEST_WITHOUT_PROTOCOLS[:-1])
    assert "cookie" not in read(REQUEST_WITHOUT_PROTOCOLS.replace(b"Cookie", b"cookie"))


def test_the_offered_protocols_need_all_of_their_bytes() -> None:
    assert read(REQUEST[:42])["requested_protocols"] == ("11",)
    assert "requested_protocols" not in read(REQUEST[:41])


def test_core_data_need_all_of_the_name() -> None:
    start = CORE_DATA.index(b"\x01\xc0", CORE_DATA.index(b"Duca"))
    end = start + 24 + 32

    assert read(CORE_DATA[:end])["client_name"] == ("EMP-LAP-0014",)
    assert "client_name" not in read(CORE_DATA[: end - 1])


@pytest.mark.parametrize(("between", "read_"), [(0, True), (3, True), (6, True), (7, False)])
def test_core_data_start_within_eight_bytes_after_the_key(between: int, read_: bool) -> None:
    start = CORE_DATA.index(b"\x01\xc0", CORE_DATA.index(b"Duca"))
    key = CORE_DATA.index(b"Duca") + 4
    moved = CORE_DATA[:key] + b"\xaa" * between + CORE_DATA[start:]

    assert ("client_name" in read(moved)) is read_


def test_a_message_without_the_clients_key_has_no_core_data() -> None:
    assert "client_build" not in read(CORE_DATA.replace(b"Duca", b"McDn"))


def test_build_and_name_are_next_to_each_other() -> None:
    start = CORE_DATA.index(b"\x01\xc0", CORE_DATA.index(b"Duca"))
    name = ("N" * 16).encode("utf-16-le")
    core = CORE_DATA[start : start + 20] + b"\1\2\3\4" + name + b"\xff\xff"
    fields = read(CORE_DATA[:start] + core)

    assert fields["client_build"] == (str(0x04030201),)
    assert fields["client_name"] == ("N" * 16,)
