"""What is read in command lines."""

from nmapwatchd.matchers.lines import MAXIMUM_LINE, command_and_argument, first_line


def test_a_line_ends_with_or_without_a_carriage_return() -> None:
    assert first_line(b"QUIT\r\nMORE") == first_line(b"QUIT\nMORE") == "QUIT"


def test_a_line_that_does_not_end_is_read_up_to_a_bound() -> None:
    assert len(first_line(b"A" * 10 * MAXIMUM_LINE)) == MAXIMUM_LINE


def test_an_argument_keeps_its_blanks() -> None:
    assert command_and_argument(b"USER a  b \r\n") == ("USER", "a  b ")


def test_a_line_of_the_maximum_is_read_whole() -> None:
    longest = b"A" * (MAXIMUM_LINE - 1)

    assert first_line(longest + b"\n") == longest.decode()
    assert first_line(longest + b"B\n") == longest.decode() + "B"
    assert first_line(longest + b"BC\n") == longest.decode() + "B"


def test_one_carriage_return_is_removed_at_the_end_only() -> None:
    assert first_line(b"A\rB\r\r\n") == "A\rB\r"


def test_a_command_without_argument_has_an_empty_one() -> None:
    assert command_and_argument(b"QUIT") == ("QUIT", "")
    assert command_and_argument(b"QUIT \n") == ("QUIT", "")
    assert command_and_argument(b"") == ("", "")
