"""Exit statuses of the program. They are part of its interface."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the program exits with."""

    DONE = 0
    FAILED = 1  # a capture not read to its end, an error found by check, a failed self-test, drift
    USAGE = 2  # wrong arguments, an invalid configuration or an unusable installation
    INTERRUPTED = 130  # by SIGINT: 128 plus the signal's number, as a shell reports it
