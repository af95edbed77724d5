"""Values as every structured format writes them: timestamps, MAC addresses, bounded lists."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nmapwatchd.formats.escape import printable

# Members of a list: as many targets and ports as core.windows.window lists.
MAXIMUM_LISTED = 32
# Characters of a name: an address, an interface, a signature's title.
MAXIMUM_NAME = 256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds to the end of the year 9999, the last that ISO 8601 can name; a capture file may
# contain any.
_LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // timedelta(
    microseconds=1
)


def packet_time(nanoseconds: int) -> datetime:
    """
    Return a packet time in UTC.

    Args:
        nanoseconds: since the epoch; any number, limited to the years 1970 to 9999.
    """
    return _EPOCH + timedelta(microseconds=min(max(nanoseconds // 1000, 0), _LAST))


def timestamp(nanoseconds: int, precision: str = "milliseconds") -> str:
    """
    Return a packet time as ISO 8601, in UTC.

    Args:
        nanoseconds: since the epoch; any number, limited to the years 1970 to 9999.
        precision: `milliseconds` or `microseconds`.
    """
    return packet_time(nanoseconds).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def mac_address(address: str) -> str:
    """Return a MAC address in the notation of ECS: 52-54-00-12-34-56."""
    return name(address.replace(":", "-").upper())


def name(value: str) -> str:
    """Return a name in printable characters, at most MAXIMUM_NAME of them."""
    return printable(value, MAXIMUM_NAME)


def names(values: Sequence[str]) -> list[str]:
    """Return the first MAXIMUM_LISTED names of a list."""
    return [name(value) for value in values[:MAXIMUM_LISTED]]


def omitted(values: Sequence[object]) -> int:
    """Return how many members of a list are beyond MAXIMUM_LISTED."""
    return max(0, len(values) - MAXIMUM_LISTED)
