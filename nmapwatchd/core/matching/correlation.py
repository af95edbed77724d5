"""A sequence is what several packets of one scanner show together, and none of them alone."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Fields, Values
from nmapwatchd.core.sighting import Sighting

# Correlator remembered at once, of which the longest untouched goes first. One scanner needs a
# handful, so that this is thousands of scanners; with the values below it is some ten megabytes.
MAXIMUM_CORRELATIONS = 16_384
# Distinct packets that one sequence remembers while it waits for the values that must vary.
MAXIMUM_COUNTED = 64

_Key = tuple[str, ...]


@dataclass(slots=True)
class _Run:
    """One sequence: the packets that counted, and when; whether it has held."""

    last: int
    holds: bool = False
    counted: dict[Values, tuple[int, Values]] = field(default_factory=dict)


class Correlator:
    """Remembers single packets, by source and signature, until they show what they must."""

    def __init__(self) -> None:
        self._runs: OrderedDict[_Key, _Run] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    def confirm(self, sighting: Sighting, span: int) -> bool:
        """
        Tell whether a signature holds now.

        Args:
            sighting: one packet for which its expression held.
            span: nanoseconds within which the packets must come.
        """
        correlate, seen = sighting.signature.correlate, sighting.observation
        if correlate is None:
            return True
        fields = sighting.fields
        key = (sighting.signature.id, seen.source, *_values(fields, correlate.group_by))
        run = self._runs.get(key)
        if run is None:
            run = self._runs[key] = _Run(seen.at)
            if len(self._runs) > MAXIMUM_CORRELATIONS:
                self._runs.popitem(last=False)
        self._runs.move_to_end(key)
        if run.holds and abs(seen.at - run.last) <= span:
            run.last = max(run.last, seen.at)
            return True
        run.last = max(run.last, seen.at)
        run.counted = {
            value: (at, varied)
            for value, (at, varied) in run.counted.items()
            if abs(seen.at - at) <= span
        }
        if len(run.counted) < MAXIMUM_COUNTED:
            value = _values(fields, correlate.count_distinct)
            run.counted.setdefault(value, (seen.at, _values(fields, correlate.must_vary)))
        run.holds = _holds(correlate, run.counted)
        if run.holds:
            run.counted = {}
        return run.holds


def _values(fields: Fields, names: tuple[str, ...]) -> Values:
    """Return one text a field; what is missing is empty."""
    return tuple(",".join(fields.get(name, ())) for name in names)


def _holds(correlate: Correlation, counted: Mapping[Values, tuple[int, Values]]) -> bool:
    """Tell whether the packets that counted are enough, and differ where they must."""
    if len(counted) < correlate.count:
        return False
    shown = [varied for _, varied in counted.values()]
    return all(len(set(column)) > 1 for column in zip(*shown, strict=True))
