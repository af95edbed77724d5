"""The sensor as a message names it."""

from dataclasses import dataclass

# The program's name in every format.
PROGRAM = "nmapwatchd"


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    Who speaks.

    Args:
        hostname: the machine's name.
        version: of this program.
        process_id: of the service, 0 where that means nothing.
    """

    hostname: str
    version: str
    process_id: int = 0
