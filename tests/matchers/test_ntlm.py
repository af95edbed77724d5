"""What is read in NTLM messages."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.ntlm import MATCHER, MAXIMUM_MESSAGE
from tests.building import observation

# Both as nmap 7.93 wrote it to Samba.
NEGOTIATE = bytes.fromhex(
    "00000091ff534d4273000000001845680000c2431b6f5df4f793000000007c40000001000cff009100ffff0100"
    "0100da680000420000000000500000805600604006062b0601050502a0363034a00e300c060a2b060104018237"
    "02020aa22204204e544c4d535350000100000015820800000000000000000000000000000000004e6d6170004e"
    "6174697665204c616e6d616e0000"
)
AUTHENTICATE = bytes.fromhex(
    "000000f1ff534d427300000000184568000032375de92a21052e000000007c402e7f01000cff00f100ffff0100"
    "0100da680000a2000000000050000080b600a1819f30819ca281990481964e544c4d5353500003000000180018"
    "0056000000080008006e00000004000400400000000a000a0044000000080008004e0000001000100086000000"
    "1582080056004d00670075006500730074006e006d00610070003e7fe495bd3c1fe59fc2c82dab6418996fbecd"
    "588339743f3e7fe495bd3c1fe59fc2c82dab6418996fbecd588339743f00000000000000000000000000000000"
    "4e6d6170004e6174697665204c616e6d616e0000"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_negotiate_message_has_its_flags() -> None:
    fields = read(NEGOTIATE)

    assert fields["type"] == ("1",)
    assert fields["flags"] == (str(0x88215),)


def test_an_authenticate_message_has_the_workstation() -> None:
    fields = read(AUTHENTICATE)

    assert fields["type"] == ("3",)
    assert fields["workstation"] == ("nmap",)
    assert fields["flags"] == (str(0x88215),)


def test_a_message_in_a_line_of_base64_is_decoded() -> None:
    line = b64encode(b"NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa0" + bytes(16)) + b"\r\n"

    fields = read(line)

    assert fields["type"] == ("1",)
    assert fields["flags"] == (str(0xA0088207),)


@given(st.binary(max_size=100), st.integers(0, len(AUTHENTICATE)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(b"TlRMTVNTUAADAAAA" + tail, Transport.TCP), dict)
    assert isinstance(MATCHER.read(AUTHENTICATE[:kept] + tail, Transport.TCP), dict)


def authenticate(workstation: bytes, flags: int, *, at: int = 64, kind: int = 3) -> bytes:
    """Return an authenticate message of the smallest size, with one name after it."""
    place = len(workstation).to_bytes(2, "little") * 2 + at.to_bytes(4, "little")
    head = b"NTLMSSP\0" + kind.to_bytes(4, "little") + bytes(32) + place + bytes(8)
    return head + flags.to_bytes(4, "little") + workstation


def test_a_workstation_is_in_unicode_or_not_by_the_flags() -> None:
    unicode = read(authenticate("host".encode("utf-16-le"), 0x00000001))
    ascii_only = read(authenticate(b"host", 0x00000002))

    assert unicode["workstation"] == ascii_only["workstation"] == ("host",)
    assert (unicode["flags"], ascii_only["flags"]) == (("1",), ("2",))


def test_an_authenticate_message_needs_its_flags() -> None:
    message = authenticate(b"", 2)

    assert len(message) == 64
    assert read(message)["workstation"] == ("",)
    assert "type" not in read(message[:-1])


def test_a_truncated_workstation_is_what_was_captured() -> None:
    assert read(authenticate(b"host", 2)[:-1])["workstation"] == ("hos",)


def test_a_challenge_is_not_read() -> None:
    assert "type" not in read(authenticate(b"host", 2, kind=2))


def test_a_message_is_read_up_to_its_maximum() -> None:
    long = authenticate(b"host", 2, at=MAXIMUM_MESSAGE - 4) + bytes(MAXIMUM_MESSAGE)
    message = long[: MAXIMUM_MESSAGE - 4] + b"host" + bytes(9)

    assert read(message)["workstation"] == ("host",)
    assert read(b"prefix" + message)["workstation"] == ("host",)
    moved = authenticate(b"host", 2, at=MAXIMUM_MESSAGE - 3) + bytes(MAXIMUM_MESSAGE)
    assert read(moved[: MAXIMUM_MESSAGE - 3] + b"host")["workstation"] == ("hos",)


@pytest.mark.parametrize("kept", [16, 17, 18, 19, 20, 21])
def test_a_line_of_base64_is_decoded_by_whole_groups(kept: int) -> None:
    line = b64encode(b"NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa0" + bytes(16))[:kept]

    assert read(line).get("type") == (("1",) if kept >= 16 else None)


def test_a_line_that_is_not_base64_is_not_read() -> None:
    assert "type" not in read(b"TlRMTVNTUAABAAAA*w==\r\n")
