"""The releases of nmap that the signatures were compared with."""

from functools import cache
from importlib.resources import files


@cache
def nmap_releases() -> tuple[str, ...]:
    """Return the releases that the goldens were recorded with, the oldest first."""
    listed = files("nmapwatchd.signatures").joinpath("nmap_releases.txt")
    return tuple(listed.read_text(encoding="utf-8").split())


def nmap_range() -> str:
    """Return the oldest and the newest release, such as `nmap 7.93 to 7.991`."""
    releases = nmap_releases()
    return f"nmap {releases[0]} to {releases[-1]}"
