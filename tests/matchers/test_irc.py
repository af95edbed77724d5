"""What is read in IRC registrations."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.irc import MATCHER, MAXIMUM_LINES
from tests.building import observation


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_registration_has_the_user() -> None:
    fields = read(b"USER nmap +iw nmap :Nmap Wuz Here\nNICK jzyxxjmlk\n")

    assert fields["user"] == ("nmap +iw nmap :Nmap Wuz Here",)
    assert fields["nick"] == ("jzyxxjmlk",)


def test_a_password_may_come_first() -> None:
    fields = read(b"PASS root\r\nNICK nmap_brute\r\nUSER anonymous 0 * :Nmap brute\r\n")

    assert fields["nick"] == ("nmap_brute",)
    assert fields["user"] == ("anonymous 0 * :Nmap brute",)


def test_a_server_that_repeats_the_name_is_no_client() -> None:
    assert not MATCHER.accepts(observation(payload=b":irc 311 a b c d * :Nmap Wuz Here\r\n"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert set(MATCHER.read(payload, Transport.TCP)) == {"nick", "user"}


def test_so_many_lines_are_read() -> None:
    before = b"PASS a\n" * (MAXIMUM_LINES - 1)

    assert read(before + b"NICK last\nNICK after\n")["nick"] == ("last",)


def test_a_line_that_is_not_a_whole_command_is_ignored() -> None:
    fields = read(b"NICKNAME a\nnick b\nUSER\nNICK c")

    assert (fields["nick"], fields["user"]) == (("c",), ("",))
