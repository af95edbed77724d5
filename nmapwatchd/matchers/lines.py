"""Parse the first line of a protocol of command lines, such as FTP or SMTP."""

from nmapwatchd.core.matching.placement import FirstWord, InLine

# Bytes of a line that are read; RFC 5321 section 4.5.3.1.4 allows 512, scripts send fewer.
MAXIMUM_LINE = 1024

# Placements in the first line.
COMMAND = FirstWord(end="(?=[ \\r\\n])")
ARGUMENT = InLine("\\A[^ \\r\\n]* ", "\\r?$")


def first_line(payload: bytes) -> str:
    """Return the first line without its end. Never raises."""
    return payload[:MAXIMUM_LINE].partition(b"\n")[0].removesuffix(b"\r").decode("latin-1")


def command_and_argument(payload: bytes) -> tuple[str, str]:
    """Return the first line's first word and the rest, as sent."""
    command, _, argument = first_line(payload).partition(" ")
    return command, argument
