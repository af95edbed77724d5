"""The sensor against itself, with catalogues of several sizes."""

from benchmarks import contenders
from benchmarks.comparison import Settings
from benchmarks.pairings.itself import compared
from benchmarks.report import Pairing


def pairings(settings: Settings) -> list[Pairing]:
    """Compare throughput, start-up left out."""
    variants = [
        contenders.variant(f"{number} signatures", "--signatures", str(number))
        for number in settings.sizes.signatures
    ]
    return compared("more signatures", variants, settings)
