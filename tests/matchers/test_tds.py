"""What is read in TDS logins."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.tds import MATCHER
from tests.building import observation


def login(client: str, application: str, library: str) -> bytes:
    """Return a login of TDS 7.1 with these names, laid out as MS-TDS section 2.2.6.4 says."""
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


def test_a_login_tells_client_application_and_library() -> None:
    fields = read(LOGIN)

    assert fields["client"] == ("Nmap",)
    assert fields["application"] == ("Nmap NSE",)
    assert fields["library"] == ("mssql.lua",)


def test_logins_are_told_on_any_port_and_replies_on_none() -> None:
    reply = b"\x04" + LOGIN[1:]

    assert MATCHER.accepts(observation(payload=LOGIN, destination_port=14330))
    assert not MATCHER.accepts(observation(payload=reply, destination_port=14330))


@given(st.binary(max_size=200), st.integers(0, len(LOGIN)))
def test_any_bytes_are_read_without_a_fault(tail: bytes, kept: int) -> None:
    assert isinstance(MATCHER.read(LOGIN[:kept] + tail, Transport.TCP), dict)
