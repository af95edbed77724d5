"""The sensor, as messages identify it."""

import os
import platform
import re
from dataclasses import dataclass

from nmapwatchd import __version__

# The program's name in every format.
PROGRAM = "nmapwatchd"

# Characters of a host name (RFC 5424, 6).
_MAXIMUM_HOST = 255


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

    @property
    def syslog_host(self) -> str:
        """The host name as syslog takes it, in every form: it splits at spaces and colons."""
        return re.sub("[^A-Za-z0-9._-]", "_", self.hostname)[:_MAXIMUM_HOST] or "-"


def this_sensor() -> Sensor:
    """Return the identity of this process."""
    return Sensor(platform.node(), __version__, os.getpid())
