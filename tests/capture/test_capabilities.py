"""The service gives its own capabilities up, but its children inherit them; root keeps them."""

import os
import subprocess
import sys

import pytest

from nmapwatchd.capture.capabilities import require_capture

PROGRAM = """
import subprocess
from nmapwatchd.capture.capabilities import drop_effective_capabilities
drop_effective_capabilities()
print(open("/proc/self/status").read(), flush=True)
subprocess.run(["cat", "/proc/self/status"], check=True)
"""
# Numbers of linux/capability.h. With the first one, another user can read a checkout of root's.
DAC_READ_SEARCH, NET_RAW = 1 << 2, 1 << 13

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become a user with a capability"
)


def effective(*before: str) -> list[int]:
    """Return the effective capabilities of the service, and of its child."""
    command = [*before, sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("CapEff")]
    return [int(line.split()[1], 16) for line in lines]


def test_a_user_s_child_inherits_what_the_service_has_given_up() -> None:
    user = ("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=+net_raw,+dac_read_search")

    service, child = effective(*user, "--ambient-caps=+net_raw,+dac_read_search")

    assert (service, child) == (0, NET_RAW | DAC_READ_SEARCH)


def test_root_keeps_its_capabilities() -> None:
    service, child = effective()

    assert service == child != 0


def test_a_user_who_may_not_capture_is_refused() -> None:
    program = "from nmapwatchd.capture.capabilities import require_capture; require_capture()"
    user = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=+dac_read_search"]
    command = [*user, "--ambient-caps=+dac_read_search", sys.executable, "-c", program]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.stderr.splitlines()[-1].endswith(
        "capture: needs the capability CAP_NET_RAW: run as root, or by the unit"
    )
    require_capture()
