"""Hours of an authorisation, as the configuration file writes them."""

import re
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmapwatchd.core.attribution.allowlist import DAYS, Hours

_HOURS = re.compile(
    r"(?:(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))? )?"
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>[\w/+-]+))?"
)


def parse_hours(text: Any) -> Hours:
    """
    Parse `Sun 02:00-05:00 Europe/Berlin`; days and zone are optional, days may be a range.

    Raises:
        ValueError: it has another form.
    """
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} is not of the form "Mon-Fri 22:00-05:00 Europe/Berlin"')
    for day in filter(None, (found["first"], found["last"])):
        if day not in DAYS:
            raise ValueError(f'unknown day "{day}"; use {", ".join(DAYS)}')
    first = DAYS.index(found["first"]) if found["first"] else 0
    last = DAYS.index(found["last"] or found["first"]) if found["first"] else 6
    days = frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
    try:
        zone = ZoneInfo(found["zone"] or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f'unknown time zone "{found["zone"]}"') from error
    start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
    return Hours(days, start, end, zone)
