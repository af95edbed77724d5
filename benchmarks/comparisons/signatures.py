"""Compares nmapwatchd with itself, with catalogues of several sizes."""

from benchmarks import offline_sensors
from benchmarks.comparisons.variants import compare_variants
from benchmarks.report import Comparison
from benchmarks.runs import Settings


def run(settings: Settings) -> list[Comparison]:
    """Compare throughput without start-up."""
    variants = [
        offline_sensors.variant(f"{number} signatures", "--signatures", str(number))
        for number in settings.sizes.signatures
    ]
    return compare_variants("more signatures", variants, settings)
