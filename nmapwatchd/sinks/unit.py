"""Properties of the service's unit, as the system manager knows them."""

import subprocess
from collections.abc import Mapping

UNIT = "nmapwatchd.service"

# Seconds that the system manager has to answer.
_MANAGER_SECONDS = 2.0


def unit_properties(*names: str) -> Mapping[str, str]:
    """Return properties of the service's unit by name; none if it is not installed."""
    command = ["systemctl", "show", UNIT, "--property", ",".join(("LoadState", *names))]
    try:
        run = subprocess.run(
            command, capture_output=True, timeout=_MANAGER_SECONDS, text=True, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    lines = (line.partition("=") for line in run.stdout.splitlines())
    found = {name: value for name, _, value in lines}
    return found if found.get("LoadState") == "loaded" else {}
