"""The sensor against itself, with catalogues of several sizes."""

from benchmarks import offline_sensors
from benchmarks.comparisons.variants import compared
from benchmarks.report import Pairing
from benchmarks.runs import Settings


def pairings(settings: Settings) -> list[Pairing]:
    """Compare throughput, start-up left out."""
    variants = [
        offline_sensors.variant(f"{number} signatures", "--signatures", str(number))
        for number in settings.sizes.signatures
    ]
    return compared("more signatures", variants, settings)
