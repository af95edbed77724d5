"""What is read in FTP commands."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.ftp import MATCHER
from tests.building import observation


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, destination_port=21))


def test_a_command_is_read_with_its_argument() -> None:
    fields = read(b"PASS IEUser@\r\n")

    assert (fields["command"], fields["argument"]) == (("PASS",), ("IEUser@",))


def test_a_command_without_an_argument_has_an_empty_one() -> None:
    fields = read(b"SYST\r\n")

    assert (fields["command"], fields["argument"]) == (("SYST",), ("",))


def test_of_several_commands_the_first_is_read() -> None:
    assert read(b"USER X:)\r\nPASS X\r\n")["argument"] == ("X:)",)


def test_a_servers_reply_is_no_message_of_a_client() -> None:
    assert not MATCHER.accepts(observation(payload=b"331 Please specify the password.\r\n"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert set(MATCHER.read(payload, Transport.TCP)) == {"command", "argument"}
