"""The sensor against itself, with several numbers of open windows."""

from benchmarks import offline_sensors
from benchmarks.comparisons.variants import compared
from benchmarks.report import Pairing
from benchmarks.runs import Settings


def pairings(settings: Settings) -> list[Pairing]:
    """Compare throughput, start-up and the opening of the windows left out."""
    variants = [
        offline_sensors.variant(f"{number:,} open windows", "--windows", str(number))
        for number in settings.sizes.windows
    ]
    return compared("more open windows", variants, settings)
