"""Find out whether the journal would drop messages that it has accepted."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nmapwatchd.sinks.unit import unit_properties

# Where journald.conf(5) and its drop-ins are; of drop-ins with one name the first counts.
_MAIN = "systemd/journald.conf"
_ROOTS = (Path("/etc"), Path("/run"), Path("/usr/local/lib"), Path("/usr/lib"))
# The unit's limits.
_LIMITS = ("LogRateLimitIntervalUSec", "LogRateLimitBurst")
# journald's defaults.
_INTERVAL, _BURST = "30s", "10000"
# Levels that journald names, of which lower ones are dropped; alerts are notice or above, events of
# the sensor info or above.
_TOO_SEVERE = frozenset({"emerg", "alert", "crit", "err", "warning", "notice", *"012345"})

# A span of time that is none, such as 0, 0s or 0min.
_NOTHING = re.compile(r"0+(\.0*)?\s*[a-z]*")


def journal_warnings(messages: int) -> Iterator[str]:
    """
    Yield why messages would not be kept, and what to set.

    Args:
        messages: how many may be written at once, which is what the spool holds.
    """
    yield from warnings_of(journald_configuration(_ROOTS), unit_properties(*_LIMITS), messages)


def warnings_of(
    configuration: Mapping[str, str], unit: Mapping[str, str], messages: int
) -> Iterator[str]:
    """
    Yield why messages would not be kept, and what to set.

    Args:
        configuration: journald's, by key.
        unit: properties of the service's unit, by name; none if it is not installed.
        messages: how many may be written at once.
    """
    storage = configuration.get("Storage", "auto").lower()
    if storage == "none":
        yield "Storage=none in journald.conf: the journal keeps no alert"
    elif storage == "volatile":
        yield "Storage=volatile in journald.conf: the journal's alerts are lost at a reboot"
    level = configuration.get("MaxLevelStore", "debug").lower()
    if level in _TOO_SEVERE:
        yield f"MaxLevelStore={level} in journald.conf: the journal drops messages below it"
    interval, burst = (unit.get(name, "0") for name in _LIMITS)
    # Each alone falls back on journald's. Zero in the unit stands for journald's too, not for none.
    if _is_nothing(interval):
        interval = configuration.get("RateLimitIntervalSec", _INTERVAL)
    if _is_nothing(burst):
        burst = configuration.get("RateLimitBurst", _BURST)
    if _is_nothing(interval) or _is_nothing(burst):
        return
    if not burst.isdecimal() or int(burst) < messages:
        yield (
            f"the journal drops messages beyond {burst} in {interval}, and the spool may write "
            f"{messages} at once: set LogRateLimitIntervalSec=1s and LogRateLimitBurst=10000000 in "
            "[Service] (systemctl edit nmapwatchd)"
        )


def journald_configuration(roots: Iterable[Path]) -> Mapping[str, str]:
    """Return journald's settings, given the directories that contain `systemd/journald.conf`."""
    roots = tuple(roots)
    main = next((root / _MAIN for root in roots if (root / _MAIN).is_file()), None)
    dropins: dict[str, Path] = {}
    for root in roots:
        for file in (root / f"{_MAIN}.d").glob("*.conf"):
            dropins.setdefault(file.name, file)
    files = [*([main] if main else []), *(dropins[name] for name in sorted(dropins))]
    found: dict[str, str] = {}
    for file in files:
        found |= _settings_of(file)
    return found


def _settings_of(file: Path) -> dict[str, str]:
    """Return the settings of one file; none if it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (
        line.partition("=")
        for line in text.splitlines()
        if not line.lstrip().startswith(("#", ";"))
    )
    return {key.strip(): value.strip() for key, equals, value in pairs if equals and value.strip()}


def _is_nothing(text: str) -> bool:
    return _NOTHING.fullmatch(text.strip()) is not None
