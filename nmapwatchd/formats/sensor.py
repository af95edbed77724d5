"""The sensor, as messages identify it."""

import os
import platform
from dataclasses import dataclass

from nmapwatchd import __version__

# The program's name in every format.
PROGRAM = "nmapwatchd"


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    Identity of a sensor.

    Args:
        hostname: of the machine.
        version: of this program.
        process_id: of the service, 0 if unknown.
    """

    hostname: str
    version: str
    process_id: int = 0


def this_sensor() -> Sensor:
    """Return the identity of this process."""
    return Sensor(platform.node(), __version__, os.getpid())
