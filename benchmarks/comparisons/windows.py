"""Compares nmapwatchd with itself, with several numbers of open windows."""

from benchmarks import offline_sensors
from benchmarks.comparisons.variants import compare_variants
from benchmarks.report import Comparison
from benchmarks.runs import Settings


def run(settings: Settings) -> list[Comparison]:
    """Compare throughput without start-up and without opening the windows."""
    variants = [
        offline_sensors.variant(f"{number:,} open windows", "--windows", str(number))
        for number in settings.sizes.windows
    ]
    return compare_variants("more open windows", variants, settings)
