"""A process that has dropped its privileges has none, and cannot gain any."""

import subprocess
import sys

DROP = """
from nmapwatchd.child.capabilities import drop_privileges, get_capabilities
drop_privileges()
print(list(get_capabilities()))
print(open("/proc/self/status").read())
"""
REFUSED = """
from nmapwatchd.child.capabilities import CapabilitySets, set_capabilities
try:
    set_capabilities(CapabilitySets(0, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0))
except OSError as error:
    print(error.strerror)
"""


def run(program: str, *before: str) -> str:
    command = [*before, sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_dropped_privileges_are_gone() -> None:
    sets, *status = run(DROP).splitlines()
    values = dict(line.split(":\t") for line in status if ":\t" in line)

    assert sets == "[0, 0, 0, 0, 0, 0]"
    assert [int(values[name], 16) for name in ("CapEff", "CapPrm", "CapInh")] == [0, 0, 0]
    assert values["NoNewPrivs"] == "1"


def test_a_capability_that_is_not_permitted_is_refused() -> None:
    assert run(REFUSED) == "Operation not permitted\n"
