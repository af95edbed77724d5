"""What is read in IKE offers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.ike import MATCHER
from tests.building import observation

# The head of what ike-version of nmap 7.93 wrote, in aggressive mode; its cookie is random.
OFFER = bytes.fromhex(
    "43c09b3a1fcecc4100000000000000000110040000000000000012dc04001214000000010000000100001208"
    "0101007803000024010100008001000180020001"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def test_an_offer_has_its_mode_and_how_many_transforms_it_has() -> None:
    fields = read(OFFER)

    assert fields["mode"] == ("4",)
    assert fields["transforms"] == ("120",)


def test_an_offer_passes_in_both_modes() -> None:
    main = OFFER.replace(b"\x01\x10\x04\0", b"\x01\x10\x02\0")

    assert MATCHER.accepts(observation(payload=OFFER, transport=Transport.UDP))
    assert MATCHER.accepts(observation(payload=main, transport=Transport.UDP))


def test_an_exchange_under_way_does_not_pass() -> None:
    encrypted = OFFER.replace(b"\x01\x10\x04\0", b"\x05\x10\x02\x01")

    assert not MATCHER.accepts(observation(payload=encrypted, transport=Transport.UDP))


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_raising(payload: bytes) -> None:
    assert isinstance(read(payload), dict)


@pytest.mark.parametrize(("length", "transforms"), [(48, ("120",)), (47, None)])
def test_the_transforms_are_the_48th_byte(length: int, transforms: tuple[str] | None) -> None:
    assert read(OFFER[:length]).get("transforms") == transforms
