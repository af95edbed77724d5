"""What is read in command lines."""

from nmapwatchd.matchers.lines import MAXIMUM_LINE, command_and_argument, first_line


def test_a_line_ends_with_or_without_a_carriage_return() -> None:
    assert first_line(b"QUIT\r\nMORE") == first_line(b"QUIT\nMORE") == "QUIT"


def test_a_line_that_does_not_end_is_read_up_to_a_bound() -> None:
    assert len(first_line(b"A" * 10 * MAXIMUM_LINE)) == MAXIMUM_LINE


def test_an_argument_keeps_its_blanks() -> None:
    assert command_and_argument(b"USER a  b \r\n") == ("USER", "a  b ")
