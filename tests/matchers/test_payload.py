"""Fixed bytes, and how the packet was built that carries them."""

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.payload import MATCHER
from tests.building import observation


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_every_message_with_a_payload_is_read(transport: Transport) -> None:
    assert MATCHER.accepts(observation(payload=b"x", transport=transport))
    assert not MATCHER.accepts(observation(payload=b"", transport=transport))


@pytest.mark.parametrize(("size", "value"), [(11, None), (12, (str(0x090A0B0C),))])
def test_bytes_nine_to_twelve_of_a_datagram_are_a_number(
    size: int, value: tuple[str] | None
) -> None:
    payload = bytes(range(1, 1 + size))
    fields = MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))

    assert fields.get("bytes_8_12") == value
    assert "bytes_8_12" not in MATCHER.fields_of(observation(payload=payload))


def test_the_header_is_what_tshark_decodes() -> None:
    decoded = {"ip.ttl": ("64",), "ipv6.hlim": ("255",), "ip.flags.df": ("1",)}
    fields = MATCHER.fields_of(observation(payload=b"x", transport=Transport.UDP, decoded=decoded))

    assert (fields["ttl"], fields["stack_ttl"]) == (("64",), ("64",))
    assert (fields["stack_hops"], fields["dont_fragment"]) == (("255",), ("1",))


def test_the_kernel_compares_only_the_header_of_datagrams() -> None:
    assert MATCHER.fields["ttl"].at == {Transport.UDP: 8}
    assert MATCHER.fields["stack_ttl"].at is None
    assert MATCHER.fields["stack_hops"].at is None
