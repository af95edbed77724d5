"""`nmapwatchd replay` of a LAN mix against naive pyshark, plain tshark and Suricata."""

from benchmarks import offline_sensors
from benchmarks.report import Pairing
from benchmarks.runs import Settings, compare, compare_at_length
from benchmarks.traffic import traffic


def pairings(settings: Settings) -> list[Pairing]:
    """Compare it with the slow ones on the mix, pyshark on a share; and with Suricata at length."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    ours = offline_sensors.nmapwatchd()
    slow = [ours, offline_sensors.pyshark(settings.sizes.share), offline_sensors.tshark()]
    title = f"replay of a LAN mix, {mix.frames:,} frames, {mix.bytes / 1e6:.0f} MB"
    found = [Pairing(title, "frames", compare(slow, mix, settings))]
    if settings.has_suricata:
        rows = compare_at_length([ours, offline_sensors.suricata()], mix, settings)
        found.append(Pairing(f"{title}, several times over", "frames", rows))
    return found
