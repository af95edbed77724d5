"""Count beyond 32 bits."""

_WRAP = 1 << 32  # where libpcap's counters restart at 0


class WideCounter:
    """Total of a 32-bit counter that wraps."""

    def __init__(self) -> None:
        self.total = self._last = 0

    def update(self, value: int) -> int:
        """Take the counter's present value; return the increment."""
        increment = (value - self._last) % _WRAP
        if increment > _WRAP // 2:  # reset to a lower value, as a driver can reset the interface's
            increment = 0
        self._last = value
        self.total += increment
        return increment
