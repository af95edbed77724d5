"""What is read in DHCP messages of clients."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.dhcp import MATCHER
from tests.building import observation

# As broadcast-dhcp-discover of nmap 7.93 wrote it.
DISCOVER = bytes.fromhex(
    "010106003d30cfff0000800000000000000000000000000000000000deadc0decafe0000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000638253633501013740fc0102030405060708090a0b0c0d0e0f101112131415161718"
    "191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d4342ff"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def test_a_discover_tells_address_type_flags_and_options() -> None:
    fields = read(DISCOVER)

    assert fields["mac"][0].encode("latin-1").hex() == "deadc0decafe"
    assert fields["message_type"] == ("1",)
    assert fields["flags"] == (str(0x8000),)
    assert fields["options"] == ("53-55",)
    assert len(fields["requested"][0]) > 5


def test_an_offer_is_not_read() -> None:
    udp = Transport.UDP

    assert MATCHER.accepts(observation(payload=DISCOVER, transport=udp))
    assert not MATCHER.accepts(observation(payload=b"\x02" + DISCOVER[1:], transport=udp))


def test_options_are_counted_up_to_a_ceiling() -> None:
    endless = DISCOVER[:240] + b"\x0c\0" * 600

    assert read(endless)["options"][0].count("-") < 100


@given(st.binary(max_size=300), st.integers(0, len(DISCOVER)))
def test_any_bytes_are_read_without_a_fault(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(DISCOVER[:kept] + tail, Transport.UDP), dict)
