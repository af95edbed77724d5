"""Exit statuses of the program. They are part of its interface."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the program exits with."""

    DONE = 0
    # A capture not read to its end, an error found by check, a failed self-test, drift, an id that
    # explain does not find, or a scan that allowlist test finds not authorised.
    FAILED = 1
    # Wrong arguments, no alert of ours to explain, an invalid configuration or an unusable
    # installation.
    USAGE = 2
    INTERRUPTED = 130  # by SIGINT: 128 plus the signal's number, as a shell reports it
