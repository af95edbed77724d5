"""What is read in SMB 1 requests, and what is not taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.smb import MATCHER, MAXIMUM_NAME
from tests.building import observation

# Each as nmap 7.93 wrote it to Samba.
SESSION_SETUP = bytes.fromhex(
    "00000087ff534d4273000000001845600000eec7296c9a87c990000000007f26000001000dff000000ffff0100"
    "0100d76800001800180000000000500000004a00bf40df513f476fc95f4eb62621d930dae980e8da6679c377bf"
    "40df513f476fc95f4eb62621d930dae980e8da6679c377677565737400004e6d6170004e6174697665204c616e"
    "6d616e00"
)
SESSION_SETUP_WITH_BLOB = bytes.fromhex(
    "00000091ff534d4273000000001845680000c2431b6f5df4f793000000007c40000001000cff009100ffff0100"
    "0100da680000420000000000500000805600604006062b0601050502a0363034a00e300c060a2b060104018237"
    "02020aa22204204e544c4d535350000100000015820800000000000000000000000000000000004e6d6170004e"
    "6174697665204c616e6d616e0000"
)
TREE_CONNECT = bytes.fromhex(
    "00000041ff534d4275000000001845680000b8ced77e2d78f3bc00000000f8702d6f010004ff00000000000000"
    "16006e6d61702d73686172652d74657374003f3f3f3f3f00"
)
CREATE = bytes.fromhex(
    "00000062ff534d42a2000000001845680000df9929ecb11280760000173c3776084d010018ff000000000e0016"
    "000000000000000000000200000000000000000000000007000000000000000000000002000000010f006e6d61"
    "702d746573742d66696c6500"
)
RPC_BIND = bytes.fromhex(
    "00000087ff534d422f000000001845680000210c53b15de554880000cc2c9e34594f01000eff00000004c20000"
    "0000ffffffff08004800000048003f0000000000480005000b0310000000480000004141414100080008000000"
    "000100000000000100c84f324b7016d30112785a47bf6ee18803000000045d888aeb1cc9119fe808002b104860"
    "02000000"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_session_setup_with_passwords_has_system_and_lan_manager() -> None:
    fields = read(SESSION_SETUP)

    assert fields["native_os"] == ("Nmap",)
    assert fields["native_lanman"] == ("Native Lanman",)
    assert fields["capabilities"] == (str(0x50),)


def test_a_session_setup_with_a_security_blob_has_them_too() -> None:
    fields = read(SESSION_SETUP_WITH_BLOB)

    assert fields["native_os"] == ("Nmap",)
    assert fields["native_lanman"] == ("Native Lanman",)
    assert fields["capabilities"] == (str(0x80000050),)


def test_names_in_unicode_are_not_read_as_bytes() -> None:
    setup, connect, create = (
        request[:15] + b"\xe8" + request[16:] for request in (SESSION_SETUP, TREE_CONNECT, CREATE)
    )

    assert "native_os" not in read(setup)
    assert "path" not in read(connect)
    assert "path" not in read(create)


def test_the_header_is_read_low_byte_first() -> None:
    fields = read(SESSION_SETUP_WITH_BLOB)

    assert fields["command"] == (str(0x73),)
    assert fields["flags2"] == (str(0x6845),)
    assert fields["pid"] == (str(0x407C),)
    assert fields["mid"] == ("1",)


def test_the_path_of_a_tree_connect_and_of_a_file_end_at_their_zero() -> None:
    assert read(TREE_CONNECT)["path"] == ("nmap-share-test",)
    assert read(CREATE)["path"] == ("nmap-test-file",)


def test_an_rpc_message_written_to_a_pipe_has_its_call_id() -> None:
    fields = read(RPC_BIND)

    assert fields["call_id"] == (str(0x41414141),)
    assert fields["rpc"][0].startswith("\x05\x00\x0b\x03")


def test_a_reply_is_no_request() -> None:
    reply = SESSION_SETUP[:13] + b"\x98" + SESSION_SETUP[14:]

    assert MATCHER.accepts(observation(payload=SESSION_SETUP, destination_port=4450))
    assert not MATCHER.accepts(observation(payload=reply, destination_port=4450))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(tail: bytes) -> None:
    for first in (SESSION_SETUP, SESSION_SETUP_WITH_BLOB, TREE_CONNECT, CREATE, RPC_BIND):
        assert isinstance(MATCHER.read(first[:37] + tail, Transport.TCP), dict)
    assert isinstance(MATCHER.read(tail, Transport.TCP), dict)


def request(command: int, body: bytes, *, words: bytes = b"", flags2: int = 0) -> bytes:
    """Return a request: frame, header, words, then a size and a body."""
    head = b"\0\0\0\0\xffSMB" + bytes([command]) + bytes(4) + b"\x18"
    head += flags2.to_bytes(2, "little") + bytes(20)
    return head + bytes([len(words) // 2]) + words + len(body).to_bytes(2, "little") + body


def test_the_dialects_are_the_rest_of_a_negotiate() -> None:
    dialects = b"\x02NT LM 0.12\0\x02SMB 2.002\0"
    message = request(0x72, dialects)

    assert message[39:] == dialects
    assert read(message)["dialects"] == (dialects.decode("latin-1"),)
    assert read(message[:-1])["dialects"] == (dialects[:-1].decode("latin-1"),)
    assert "dialects" not in read(message[:39])


def test_a_path_is_read_up_to_its_maximum() -> None:
    for length in (MAXIMUM_NAME - 1, MAXIMUM_NAME, MAXIMUM_NAME + 1, MAXIMUM_NAME + 2):
        path = read(request(0xA2, b"p" * length + b"\0"))["path"][0]
        assert len(path) == min(length, MAXIMUM_NAME + 1)


def test_a_path_without_its_zero_is_read_to_the_end() -> None:
    assert read(CREATE[:-1])["path"] == ("nmap-test-file",)
    assert read(CREATE[:-2])["path"] == ("nmap-test-fil",)


def test_the_path_of_a_tree_connect_follows_the_password() -> None:
    words = bytes(6) + (5).to_bytes(2, "little")

    assert read(request(0x75, b"12345\\\\h\\s\0?????\0", words=words))["path"] == ("\\\\h\\s",)


def test_a_session_setup_of_another_shape_is_not_read() -> None:
    assert "capabilities" not in read(request(0x73, b"a\0b\0", words=bytes(20)))


def test_a_truncated_name_is_what_was_captured() -> None:
    assert read(SESSION_SETUP[:-3])["native_lanman"] == ("Native Lanm",)
    end = SESSION_SETUP.index(b"Nmap\0") + 5
    assert read(SESSION_SETUP[:end])["native_lanman"] == ("",)
    assert "native_lanman" not in read(SESSION_SETUP[: end - 1])


def test_an_rpc_message_needs_its_call_id() -> None:
    start = RPC_BIND.index(b"\x05\0\x0b\x03")

    assert read(RPC_BIND[: start + 16])["call_id"] == (str(0x41414141),)
    assert "call_id" not in read(RPC_BIND[: start + 15])


@pytest.mark.parametrize("length", [35, 36])
def test_a_message_without_words_is_not_read(length: int) -> None:
    assert not set(MATCHER.read(CREATE[:length], Transport.TCP))
