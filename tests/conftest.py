"""Settings of all tests: Hypothesis, and the check of every document that a test has produced."""

import os

from hypothesis import HealthCheck, settings

from nmapwatchd.core.alert import Message
from nmapwatchd.formats import ecs
from nmapwatchd.formats.field import Bounds
from nmapwatchd.formats.sensor import Sensor
from tests.formats.ecs_schema import faults

# No deadline: speed is the benchmarks' subject, and tests must pass on a busy machine. `make fuzz`
# sets more examples than the suite has time for.
settings.register_profile(
    "nmapwatchd",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
)
settings.load_profile("nmapwatchd")

_document = ecs.document


def _valid_document(
    message: Message, sensor: Sensor, capture: str = "", bounds: Bounds = ecs.BOUNDS[0]
) -> ecs.Document:
    """Return a message as a document, which ECS and the table of fields allow."""
    found = _document(message, sensor, capture, bounds)
    assert faults(found, type(message)) == []
    return found


# Here rather than in a fixture, so that it is before any test module imports the function.
ecs.document = _valid_document
