"""Drop the lines of sources that are shed, but for a few in each second."""

from nmapwatchd.capture.decode import COLUMNS, SEPARATOR, source_prefixes
from nmapwatchd.core.shedding import NONE_SHED, ShedSources

# Lines of each shed source that are processed within a second of packet time. The kernel passes
# only distinctive frames of it, so these are evidence; what was on its way before are a few
# thousand lines, once. All shed sources together stay within a third of the sensor's capacity.
LINES_PER_SECOND = 100

_SEPARATOR = SEPARATOR.encode()
_TIME = COLUMNS.index("frame.time_epoch")


class ShedLines:
    """
    Decides which lines of shed sources to drop.

    Args:
        sources: the sources that are shed.
    """

    def __init__(self, sources: ShedSources = NONE_SHED) -> None:
        self.sources = sources
        self.prefixes = source_prefixes(sources.addresses)
        self._second = b""
        self._processed: dict[bytes, int] = {}

    def is_dropped(self, line: bytes) -> bool:
        """Return whether a line, which starts with one of the prefixes, is dropped."""
        fields = line.split(_SEPARATOR, _TIME + 1)
        if len(fields) <= _TIME:
            return False  # the decoder rejects it
        second = fields[_TIME].partition(b".")[0]
        if second != self._second:
            self._second = second
            self._processed.clear()
        source = fields[0] or fields[1]
        processed = self._processed.get(source, 0)
        self._processed[source] = processed + 1
        return processed >= LINES_PER_SECOND
