"""`nmapwatchd replay` of a LAN mix against naive pyshark, plain tshark and Suricata."""

from benchmarks import contenders
from benchmarks.comparison import Settings, compare
from benchmarks.report import Pairing
from benchmarks.traffic import traffic


def pairings(settings: Settings) -> list[Pairing]:
    """Compare them on the whole mix, pyshark on a share of it."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    sensors = [
        contenders.nmapwatchd(),
        contenders.pyshark(settings.sizes.share),
        contenders.tshark(),
        *([contenders.suricata()] if settings.has_suricata else []),
    ]
    title = f"replay of a LAN mix, {mix.frames:,} frames, {mix.bytes / 1e6:.0f} MB"
    return [Pairing(title, "frames", compare(sensors, mix, settings))]
