"""`nmapwatchd replay` of a LAN mix against naive pyshark, plain tshark and Suricata."""

from benchmarks import contenders
from benchmarks.comparison import Settings, compare, compare_at_length
from benchmarks.report import Pairing
from benchmarks.traffic import traffic


def pairings(settings: Settings) -> list[Pairing]:
    """Compare it with the slow ones on the mix, pyshark on a share; and with Suricata at length."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    ours = contenders.nmapwatchd()
    slow = [ours, contenders.pyshark(settings.sizes.share), contenders.tshark()]
    title = f"replay of a LAN mix, {mix.frames:,} frames, {mix.bytes / 1e6:.0f} MB"
    found = [Pairing(title, "frames", compare(slow, mix, settings))]
    if settings.has_suricata:
        rows = compare_at_length([ours, contenders.suricata()], mix, settings)
        found.append(Pairing(f"{title}, several times over", "frames", rows))
    return found
