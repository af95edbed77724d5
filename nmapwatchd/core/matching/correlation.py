"""Correlate packets by source and signature, for signatures that need several packets."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Fields, Values

# Groups of packets tracked; beyond that the least recently used one is evicted. One scanner needs a
# handful, so this is enough for thousands of scanners; with the values below, some ten megabytes.
MAXIMUM_CORRELATIONS = 16_384
# Distinct packets that one group stores while the values that must vary do not vary yet.
MAXIMUM_COUNTED = 64
# Numbers that one value of a group stores: nmap tries a port twice, or a few times more.
MAXIMUM_NUMBERS = 8
# From one `consecutive` number to the next: nmap adds the number of the try to the source port,
# newer versions twice that, because its lowest bit has another meaning.
STEPS = (1, 2)

_Key = tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """
    Packets of one source, one signature and one value of each `group_by` field.

    Args:
        last: packet time of the latest packet.
        is_confirmed: whether the correlation was satisfied.
        counted: the packet time and `must_vary` values of each distinct packet, until then.
        numbers: the `consecutive` numbers of the packets counted.
    """

    last: int
    is_confirmed: bool = False
    counted: dict[Values, tuple[int, Values]] = field(default_factory=dict)
    numbers: dict[Values, set[int]] = field(default_factory=dict)


class Correlator:
    """Stores single packets, by source and signature, until their correlation is satisfied."""

    def __init__(self) -> None:
        self._groups: OrderedDict[_Key, _Group] = OrderedDict()

    def __len__(self) -> int:
        return len(self._groups)

    def confirm(self, match: Match, span: int) -> bool:
        """
        Return whether a match is a sighting: always, for a signature without a correlation.

        Args:
            match: one packet that satisfies the signature's expression.
            span: nanoseconds within which all packets must arrive.
        """
        correlate, seen = match.signature.correlate, match.observation
        if correlate is None:
            return True
        fields = match.fields
        key = (match.signature.id, seen.source, *_values(fields, correlate.group_by))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(seen.at)
            if len(self._groups) > MAXIMUM_CORRELATIONS:
                self._groups.popitem(last=False)
        self._groups.move_to_end(key)
        if group.is_confirmed and abs(seen.at - group.last) <= span:
            group.last = max(group.last, seen.at)
            return True
        group.last = max(group.last, seen.at)
        group.counted = {
            value: (at, varied)
            for value, (at, varied) in group.counted.items()
            if abs(seen.at - at) <= span
        }
        group.numbers = {v: n for v, n in group.numbers.items() if v in group.counted}
        if len(group.counted) < MAXIMUM_COUNTED:
            value = _values(fields, correlate.count_distinct)
            group.counted.setdefault(value, (seen.at, _values(fields, correlate.must_vary)))
        group.is_confirmed = _is_satisfied(correlate, group.counted)
        if correlate.consecutive:
            _add_number(group, _values(fields, correlate.count_distinct), fields, correlate)
            group.is_confirmed = group.is_confirmed and _is_consecutive(correlate, group.numbers)
        if group.is_confirmed:
            group.counted, group.numbers = {}, {}
        return group.is_confirmed


def _values(fields: Fields, names: tuple[str, ...]) -> Values:
    """Return one string for each field; empty for a missing one."""
    return tuple(",".join(fields.get(name, ())) for name in names)


def _add_number(group: _Group, value: Values, fields: Fields, correlate: Correlation) -> None:
    """Store the number of a packet, if it is one of those counted."""
    if value in group.counted:
        numbers = group.numbers.setdefault(value, set())
        if len(numbers) < MAXIMUM_NUMBERS:
            numbers.update(map(int, fields.get(correlate.consecutive, ())))


def _is_consecutive(correlate: Correlation, numbers: Mapping[Values, set[int]]) -> bool:
    """Return whether two close numbers were each seen with enough of the values."""
    pairs = Counter(
        (n, step) for seen in numbers.values() for n in seen for step in STEPS if n + step in seen
    )
    return any(count >= correlate.count for count in pairs.values())


def _is_satisfied(correlate: Correlation, counted: Mapping[Values, tuple[int, Values]]) -> bool:
    """Return whether the distinct packets are enough, and vary in the fields that must vary."""
    if len(counted) < correlate.count:
        return False
    varied = [values for _, values in counted.values()]
    return all(len(set(column)) > 1 for column in zip(*varied, strict=True))
