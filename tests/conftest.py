"""What all tests share."""

from hypothesis import HealthCheck, settings

# Speed is the benchmarks' subject; a test is as true on a busy machine.
settings.register_profile("facts", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facts")
