"""What is read in TDS logins."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.tds import MATCHER, MAXIMUM_NAME
from tests.building import observation


def login(client: str, application: str, library: str) -> bytes:
    """Return a login of TDS 7.1 with these names, in the layout of MS-TDS section 2.2.6.4."""
    names = {0: client, 1: "sa", 2: "", 3: application, 4: "server", 5: "", 6: library}
    names |= {7: "", 8: "master"}
    at, table, text = 86, b"", b""
    for name in names.values():
        table += at.to_bytes(2, "little") + len(name).to_bytes(2, "little")
        text += name.encode("utf-16-le")
        at += 2 * len(name)
    fixed = at.to_bytes(4, "little") + b"\x01\0\0\x71" + bytes(28)
    body = fixed + table + bytes(86 - 36 - len(table)) + text
    return b"\x10\x01" + (8 + len(body)).to_bytes(2) + b"\0\0\x01\0" + body


LOGIN = login("Nmap", "Nmap NSE", "mssql.lua")


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_login_has_client_application_and_library() -> None:
    fields = read(LOGIN)

    assert fields["client"] == ("Nmap",)
    assert fields["application"] == ("Nmap NSE",)
    assert fields["library"] == ("mssql.lua",)


def test_logins_are_detected_on_any_port_and_replies_on_none() -> None:
    reply = b"\x04" + LOGIN[1:]

    assert MATCHER.accepts(observation(payload=LOGIN, destination_port=14330))
    assert not MATCHER.accepts(observation(payload=reply, destination_port=14330))


@given(st.binary(max_size=200), st.integers(0, len(LOGIN)))
def test_any_bytes_are_read_without_an_error(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(LOGIN[:kept] + tail, Transport.TCP), dict)


def test_a_name_is_read_up_to_its_maximum() -> None:
    assert read(login("a" * MAXIMUM_NAME, "", ""))["client"] == ("a" * MAXIMUM_NAME,)
    assert read(login("a" * (MAXIMUM_NAME + 1), "", ""))["client"] == ("a" * MAXIMUM_NAME,)


def test_a_name_truncated_within_a_character_is_not_read() -> None:
    end = LOGIN.index("mssql.lua".encode("utf-16-le")) + 18

    assert read(LOGIN[:end])["library"] == ("mssql.lua",)
    assert "library" not in read(LOGIN[: end - 1])
    assert read(LOGIN[: end - 2])["library"] == ("mssql.lu",)


def test_a_name_is_located_by_its_entry_from_the_logins_start() -> None:
    name = "Zz".encode("utf-16-le")
    entry = (200).to_bytes(2, "little") + (2).to_bytes(2, "little")
    payload = bytearray(b"\x10\x01" + bytes(206) + name)
    for at, field in ((44, "client"), (56, "application"), (68, "library")):
        payload[at : at + 4] = entry
        assert read(bytes(payload))[field] == ("Zz",)


def test_a_pre_login_has_no_names() -> None:
    assert "client" not in read(b"\x12" + LOGIN[1:])
