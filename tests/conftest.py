"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# Speed is the benchmarks' subject; a test is as true on a busy machine. `make fuzz` asks for more
# examples than the suite has time for.
settings.register_profile(
    "facts",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
)
settings.load_profile("facts")
