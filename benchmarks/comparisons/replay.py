"""Compares `nmapwatchd replay` of a LAN mix with naive pyshark, tshark and Suricata."""

from benchmarks import offline_sensors
from benchmarks.report import Comparison
from benchmarks.runs import Settings, compare, compare_repeated
from benchmarks.traffic import traffic


def run(settings: Settings) -> list[Comparison]:
    """Compare with slow sensors on the mix, and with Suricata on the mix repeated."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    nmapwatchd = offline_sensors.nmapwatchd()
    pyshark = offline_sensors.pyshark(settings.sizes.pyshark_frames)
    slow = [nmapwatchd, pyshark, offline_sensors.tshark()]
    title = f"replay of a LAN mix, {mix.frames:,} frames, {mix.bytes / 1e6:.0f} MB"
    comparisons = [Comparison(title, "frames", compare(slow, mix, settings))]
    if settings.has_suricata:
        rows = compare_repeated([nmapwatchd, offline_sensors.suricata()], mix, settings)
        comparisons.append(Comparison(f"{title}, repeated", "frames", rows))
    return comparisons
