"""What is read in SSH identification strings and key exchanges."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.ssh import MATCHER, MAXIMUM_VERSION
from tests.building import observation

CIPHERS = b"aes128-cbc,3des-cbc,blowfish-cbc,aes192-cbc,aes256-cbc,aes128-ctr,aes192-ctr,aes256-ctr"
MACS = b"hmac-md5,hmac-sha1,hmac-ripemd160"


def key_exchange(kex: bytes, host_keys: bytes) -> bytes:
    """Return a packet as nmap's library builds it."""
    lists = (kex, host_keys, CIPHERS, CIPHERS, MACS, MACS, b"none", b"none", b"", b"")
    message = b"\x14" + bytes(16) + b"".join(len(x).to_bytes(4) + x for x in lists) + bytes(5)
    padding = 8 - (len(message) + 5) % 8
    return (len(message) + 1 + padding).to_bytes(4) + bytes([padding]) + message + bytes(padding)


ENUM_ALGOS = key_exchange(b"diffie-hellman-group1-sha1", b"ssh-dss,ssh-rsa")


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, destination_port=2222))


def test_a_version_ends_with_or_without_a_carriage_return() -> None:
    assert read(b"SSH-1.5-NmapNSE_1.0\n")["version"] == ("SSH-1.5-NmapNSE_1.0",)
    assert read(b"SSH-2.0-Nmap-SSH2-Hostkey\r\n")["version"] == ("SSH-2.0-Nmap-SSH2-Hostkey",)


def test_a_key_exchange_has_its_lists() -> None:
    fields = read(ENUM_ALGOS)

    assert fields["kex"] == ("diffie-hellman-group1-sha1",)
    assert fields["host_keys"] == ("ssh-dss,ssh-rsa",)
    assert fields["ciphers"] == (CIPHERS.decode(),)
    assert fields["macs"] == (MACS.decode(),)
    assert fields["compression"] == ("none",)


def test_the_lists_are_detected_as_hassh_on_any_port() -> None:
    assert read(ENUM_ALGOS)["hassh"] == ("a20aced7c9824fd804f59e68dd801ad3",)


def test_a_key_exchange_after_the_version_is_read_as_well() -> None:
    fields = read(b"SSH-2.0-x\r\n" + ENUM_ALGOS)

    assert fields["version"] == ("SSH-2.0-x",)
    assert fields["hassh"] == ("a20aced7c9824fd804f59e68dd801ad3",)


def test_a_key_exchange_that_is_truncated_has_the_lists_before_the_cut() -> None:
    fields = read(ENUM_ALGOS[:100])

    assert fields["host_keys"] == ("ssh-dss,ssh-rsa",)
    assert "ciphers" not in fields
    assert "hassh" not in fields


def test_a_packet_of_another_kind_has_nothing() -> None:
    assert "kex" not in read(ENUM_ALGOS[:5] + b"\x1e" + ENUM_ALGOS[6:])


@given(st.binary(max_size=200), st.integers(0, len(ENUM_ALGOS)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(b"SSH-" + tail, Transport.TCP), dict)
    assert isinstance(MATCHER.read(ENUM_ALGOS[:kept] + tail, Transport.TCP), dict)


def test_a_version_is_read_up_to_its_maximum() -> None:
    longest = b"SSH-2.0-" + b"a" * (MAXIMUM_VERSION - 8)

    assert read(longest + b"\r\n")["version"] == (longest.decode(),)
    assert len(read(longest + b"aaa\r\n")["version"][0]) == MAXIMUM_VERSION + 2
    assert read(b"SSH-2.0-x")["version"] == ("SSH-2.0-x",)


def test_each_list_needs_all_of_its_bytes() -> None:
    names = ("kex", "host_keys", "ciphers", "", "macs", "", "compression")
    at = 22
    for name in names:
        end = at + 4 + int.from_bytes(ENUM_ALGOS[at : at + 4])
        if name:
            assert name in read(ENUM_ALGOS[:end])
            assert name not in read(ENUM_ALGOS[: end - 1])
        at = end


def test_the_digest_needs_the_last_list() -> None:
    end = ENUM_ALGOS.index(b"none") + 4

    assert "hassh" in read(ENUM_ALGOS[:end])
    assert "hassh" not in read(ENUM_ALGOS[: end - 1])


def test_an_empty_list_is_read() -> None:
    assert read(key_exchange(b"", b""))["kex"] == ("",)
