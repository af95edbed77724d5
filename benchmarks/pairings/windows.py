"""The sensor against itself, with several numbers of open windows."""

from benchmarks import contenders
from benchmarks.comparison import Settings
from benchmarks.pairings.itself import compared
from benchmarks.report import Pairing


def pairings(settings: Settings) -> list[Pairing]:
    """Compare throughput, start-up and the opening of the windows left out."""
    variants = [
        contenders.variant(f"{number:,} open windows", "--windows", str(number))
        for number in settings.sizes.windows
    ]
    return compared("more open windows", variants, settings)
