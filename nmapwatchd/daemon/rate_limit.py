"""Rate limits of the sensor's own reports."""


class ReportThrottle:
    """
    Limits how often the growth of a counter is reported.

    Args:
        seconds: minimum interval between two reports.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._reported = 0
        self._reported_at = float("-inf")

    def due(self, total: int, now: float) -> int:
        """
        Return how much to report now, or 0; what is returned counts as reported.

        Args:
            total: the counter's value.
            now: seconds of a clock that is never set.
        """
        growth = total - self._reported
        if growth <= 0 or now - self._reported_at < self._seconds:
            return 0
        self._reported, self._reported_at = total, now
        return growth
