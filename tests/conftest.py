"""Hypothesis settings of all tests."""

import os

from hypothesis import HealthCheck, settings

# No deadline: speed is the benchmarks' subject, and tests must pass on a busy machine. `make fuzz`
# sets more examples than the suite has time for.
settings.register_profile(
    "nmapwatchd",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
)
settings.load_profile("nmapwatchd")
