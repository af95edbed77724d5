"""What is read in client hellos of TLS and SSL 2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.tls import MATCHER, MAXIMUM_EXTENSIONS
from tests.building import observation

# Each as nmap 7.93 wrote it: the probe TLSSessionReq, ssl-date, tls-alpn and sslv2.
SESSION_REQUEST = bytes.fromhex(
    "1603000069010000650303551ca7e472616e646f6d3172616e646f6d3272616e646f6d3372616e646f6d3400000c"
    "002f000a00130039000400ff01000030000d002c002a000100030002060106030602020102030202030103030302"
    "040104030402010101030102050105030502"
)
LIBRARY = bytes.fromhex(
    "160301007e0100007a03036b02f5f129efa3b8c5ac637dfa731cdb4a1eb0a8e9b374e68fe8a872027e973b000010"
    "130113021303002f000a00130039000401000041002b0009080303030203040300000d001a001804010601040306"
    "0308040806080708080809080b02010203003300020000000a000c000a001700180019001d0100"
)
APPLICATION_PROTOCOLS = bytes.fromhex(
    "160301013d0100013903036b02f5f10a03c5ab55b905c066834330778d1809df51380aea266d150d7892d300000a"
    "002f000a00130039000401000106001000e200e008687474702f302e3908687474702f312e3008687474702f312e"
    "3106737064792f3106737064792f3206737064792f33097374756e2e7475726e127374756e2e6e61742d64697363"
    "6f76657279026832036832630677656272746308632d7765627274630366747004696d617004706f70330b6d616e"
    "616765736965766504636f61700b786d70702d636c69656e740b786d70702d7365727665720a61636d652d746c73"
    "2f31046d71747403646f74076e74736b652f310673756e72706302683303736d6203697263046e6e7470046e6e73"
    "7003646f7108677270632d657870000d001c001a0101020103010401040204030407040806010602060306070608"
)
SSL_2 = bytes.fromhex(
    "8034010002001b000000100800800400800700c00300800200800100800000000600400500804a0322379bcba769"
    "d1181cad22e1714c"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_hello_has_versions_random_and_ciphers() -> None:
    fields = read(SESSION_REQUEST)

    assert fields["record_version"] == (str(0x0300),)
    assert fields["version"] == (str(0x0303),)
    assert fields["random"] == ("U\x1c\xa7\xe4random1random2random3random4",)
    assert fields["ciphers"][0].encode("latin-1").hex(" ", 2) == "002f 000a 0013 0039 0004 00ff"
    assert fields["cipher_count"] == ("6",)
    assert fields["session_id_size"] == ("0",)


def test_extensions_are_detected_in_order_and_some_of_them_read() -> None:
    fields = read(LIBRARY)

    assert fields["extensions"] == ("43-13-51-10",)
    assert fields["versions"][0].encode("latin-1").hex(" ", 2) == "0303 0302 0304 0300"
    assert fields["groups"][0].encode("latin-1").hex(" ", 2) == "0017 0018 0019 001d 0100"


def test_application_protocols_keep_their_lengths() -> None:
    assert read(APPLICATION_PROTOCOLS)["alpn"][0].startswith("\x08http/0.9\x08http/1.0")


def test_a_hello_of_ssl_2_has_its_suites_whatever_their_order() -> None:
    fields = read(SSL_2)

    assert fields["ssl2_suites"][0].split(".")[0] == "000000"
    assert len(fields["ssl2_suites"][0].split(".")) == 9
    assert len(fields["ssl2_challenge"][0]) == 16


def test_hellos_are_detected_on_any_port_and_replies_on_none() -> None:
    reply = SESSION_REQUEST[:5] + b"\x02" + SESSION_REQUEST[6:]

    assert MATCHER.accepts(observation(payload=SESSION_REQUEST, destination_port=6667))
    assert not MATCHER.accepts(observation(payload=reply, destination_port=6667))


def test_a_hello_that_goes_on_in_another_packet_is_read_as_far_as_it_is_there() -> None:
    fields = read(LIBRARY[:70])

    assert fields["ciphers"][0].encode("latin-1").hex(" ", 2).startswith("1301 1302 1303 002f")


@given(st.binary(max_size=300), st.sampled_from(Transport), st.integers(0, 200))
def test_any_bytes_are_read_without_an_error(tail: bytes, over: Transport, kept: int) -> None:
    for first in (SESSION_REQUEST, LIBRARY, APPLICATION_PROTOCOLS, SSL_2):
        assert isinstance(MATCHER.read(first[:kept] + tail, over), dict)


def hello(extensions: bytes, *, ciphers: bytes = b"\0\x2f", session: bytes = b"") -> bytes:
    """Return a client hello of TLS 1.2 with some extensions."""
    body = b"\x03\x03" + b"R" * 32 + bytes([len(session)]) + session
    body += len(ciphers).to_bytes(2) + ciphers + b"\x01\0"
    body += len(extensions).to_bytes(2) + extensions
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + len(message).to_bytes(2) + message


EMPTY = b"\0\x17\0\0"  # extended master secret
GROUPS = b"\0\x0a\0\x04\0\x02\0\x17"


@pytest.mark.parametrize(
    ("extensions", "types"),
    [
        (b"", ""),
        (EMPTY, "23"),
        (GROUPS, "10"),
        (GROUPS + EMPTY, "10-23"),  # the last one is a header alone
        (GROUPS + EMPTY[:-1], "10"),
        (GROUPS + EMPTY[:1], "10"),
    ],
)
def test_extensions_are_read_up_to_the_last_whole_header(extensions: bytes, types: str) -> None:
    assert read(hello(extensions))["extensions"] == (types,)


def test_so_many_extensions_are_read() -> None:
    for sent, listed in ((63, 63), (64, 64), (65, MAXIMUM_EXTENSIONS)):
        assert read(hello(EMPTY * sent))["extensions"][0].count("-") == listed - 1


def test_a_list_is_read_within_its_extension_and_as_far_as_it_was_captured() -> None:
    assert read(hello(GROUPS))["groups"] == ("\0\x17",)
    assert read(hello(GROUPS)[:-1])["groups"] == ("\0",)
    too_long = b"\0\x0a\0\x04\0\x09\0\x17" + EMPTY
    assert read(hello(too_long))["groups"] == ("\0\x17",)
    shorter = b"\0\x2b\0\x05\x02\3\3\3\1"
    assert read(hello(shorter))["versions"] == ("\3\3",)


def test_ciphers_follow_a_session_id_of_any_length() -> None:
    for session in (b"", b"s", b"s" * 32):
        fields = read(hello(b"", ciphers=b"\0\x2f\0\x35", session=session))
        assert fields["ciphers"] == ("\0\x2f\0\x35",)
        assert fields["cipher_count"] == ("2",)
        assert fields["session_id_size"] == (str(len(session)),)


def test_the_third_suites_follow_a_session_id_of_32_bytes() -> None:
    suites = b"\1\1\2\2\3\3\4\4"

    assert read(hello(b"", ciphers=suites, session=b"s" * 32))["third_suites"] == (str(0x03030404),)


def test_the_random_is_32_bytes_after_the_version() -> None:
    fields = read(hello(b""))

    assert (fields["version"], fields["random"]) == ((str(0x0303),), ("R" * 32,))


def test_a_hello_of_ssl_2_is_read_by_its_lengths() -> None:
    suites, session, challenge = b"\1\0\x80\0\0\x05", b"SE", b"challenge"
    body = b"\x01\0\x02" + b"".join(len(x).to_bytes(2) for x in (suites, session, challenge))
    fields = read(b"\x80" + bytes([len(body)]) + body + suites + session + challenge)

    assert fields["ssl2_suites"] == ("000005.010080",)
    assert fields["ssl2_challenge"] == ("challenge",)
