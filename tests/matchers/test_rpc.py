"""What is read in ONC RPC calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.rpc import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it: the service probe RPCCheck.
CHECK = bytes.fromhex("72fe1d130000000000000002000186a00001977c" + "00" * 20)
CHECK_TCP = bytes.fromhex("80000028") + CHECK


def read(payload: bytes, transport: Transport) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=transport))


def test_a_call_has_program_version_and_procedure() -> None:
    fields = read(CHECK, Transport.UDP)

    assert fields["xid"] == (str(0x72FE1D13),)
    assert fields["kind"] == ("0",)
    assert fields["program"] == ("100000",)
    assert fields["version"] == ("104316",)
    assert fields["version_digits"] == ("6",)
    assert fields["procedure"] == ("0",)
    assert fields["credentials"] == ("0",)


def test_over_tcp_a_record_mark_precedes() -> None:
    over_udp = read(CHECK, Transport.UDP)
    over_tcp = read(CHECK_TCP, Transport.TCP)

    named = MATCHER.fields.keys()
    assert {n: over_tcp[n] for n in named} == {n: over_udp[n] for n in named}


def test_both_transports_are_opened() -> None:
    assert MATCHER.accepts(observation(payload=CHECK, transport=Transport.UDP))
    assert MATCHER.accepts(observation(payload=CHECK_TCP, transport=Transport.TCP))


@given(st.binary(max_size=120), st.sampled_from(BOTH))
def test_any_bytes_are_read_without_raising(payload: bytes, transport: Transport) -> None:
    assert isinstance(read(payload, transport), dict)


@pytest.mark.parametrize("version", [0, 9, 10, 99_999, 100_000, 0xFFFFFFFF])
def test_the_digits_of_a_version_are_decimal(version: int) -> None:
    call = CHECK[:16] + version.to_bytes(4) + CHECK[20:]

    assert read(call, Transport.UDP)["version_digits"] == (str(len(str(version))),)


def test_a_truncated_version_is_not_read() -> None:
    assert "version_digits" in read(CHECK[:20], Transport.UDP)
    assert "version_digits" not in read(CHECK[:19], Transport.UDP)
    assert "version_digits" in read(CHECK_TCP[:24], Transport.TCP)
    assert "version_digits" not in read(CHECK_TCP[:23], Transport.TCP)


def test_every_number_is_a_word_of_its_own() -> None:
    call = b"".join((0x01020304 + n).to_bytes(4) for n in range(8))
    words = ("xid", "kind", None, "program", "version", "procedure", "credentials")
    fields = read(call, Transport.UDP)

    for index, name in enumerate(words):
        if name:
            assert fields[name] == (str(0x01020304 + index),)
