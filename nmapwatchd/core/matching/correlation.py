"""Correlate packets by source and signature, for signatures that need several packets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Fields, Observation, Transport, Values
from nmapwatchd.core.source_table import SourceTable

# Groups of packets tracked, each for data over TCP and for the rest: who sends in forged names
# needs no connection for the rest, and can fill the other table only with segments of none. A flood
# of 7,000 packets a second, each in a name of its own and of two groups, fills half a table in more
# than 2 s; nmap's next packet comes within 1 s, however slow the target. Full, it takes some 50 MB.
MAXIMUM_GROUPS = 65_536
# Groups that a source keeps while others flood: nmap has a few hundred ports under way at a time.
BUDGET = 2_048
# Distinct packets that one group stores while the values that must vary do not vary yet; beyond
# that the first one is dropped, so that many packets without the variation do not hide it later.
MAXIMUM_COUNTED = 64
# Numbers that one value of a group stores: nmap tries a port twice, or a few times more.
MAXIMUM_NUMBERS = 8
# From one `consecutive` number to the next: nmap adds the number of the try to the source port,
# newer versions twice that, because its lowest bit has another meaning.
STEPS = (1, 2)


@dataclass(slots=True)
class _Group:
    """
    Packets of one source, one signature and one value of each `group_by` field.

    Args:
        last: packet time of the latest packet.
        is_confirmed: whether the correlation was satisfied.
        counted: the packet time and `must_vary` values of each distinct packet, until then; the
            keys are hashes of what makes it distinct.
        numbers: the `consecutive` numbers of the packets counted, by the same keys.
    """

    last: int
    is_confirmed: bool = False
    counted: dict[int, tuple[int, Values]] = field(default_factory=dict)
    numbers: dict[int, set[int]] = field(default_factory=dict)


class Correlator:
    """Stores single packets, by source and signature, until their correlation is satisfied."""

    def __init__(self) -> None:
        self._over_tcp = SourceTable[int, _Group](MAXIMUM_GROUPS, BUDGET)
        self._others = SourceTable[int, _Group](MAXIMUM_GROUPS, BUDGET)

    def __len__(self) -> int:
        return len(self._over_tcp) + len(self._others)

    @property
    def evictions(self) -> int:
        """The number of groups that were evicted before their time was over."""
        return self._over_tcp.evictions + self._others.evictions

    def clear(self) -> None:
        """Drop all packets, because the clock was set back."""
        self._over_tcp.clear()
        self._others.clear()

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
        # Hashes, which are keyed at random in each process: a tenth of the memory.
        key = hash((match.signature.id, *_values(fields, correlate.group_by)))
        groups = self._over_tcp if _is_data_over_tcp(seen) else self._others
        group = groups.get(seen.source, key) or _Group(seen.at)
        was_recent = abs(seen.at - group.last) <= span
        group.last = max(group.last, seen.at)
        groups.put(seen.source, key, group, group.last, span)
        if group.is_confirmed and was_recent:
            return True
        if group.counted:
            group.counted = {
                value: (at, varied)
                for value, (at, varied) in group.counted.items()
                if abs(seen.at - at) <= span
            }
            group.numbers = {v: n for v, n in group.numbers.items() if v in group.counted}
        value = hash(_values(fields, correlate.count_distinct))
        if value not in group.counted:
            if len(group.counted) >= MAXIMUM_COUNTED:
                oldest = next(iter(group.counted))
                del group.counted[oldest]
                group.numbers.pop(oldest, None)
            group.counted[value] = (seen.at, _values(fields, correlate.must_vary))
        group.is_confirmed = _is_satisfied(correlate, group.counted)
        if correlate.consecutive:
            _add_number(group, value, fields, correlate)
            group.is_confirmed = group.is_confirmed and _is_consecutive(correlate, group.numbers)
        if group.is_confirmed:
            group.counted, group.numbers = {}, {}
        return group.is_confirmed


def _is_data_over_tcp(seen: Observation) -> bool:
    return seen.transport is Transport.TCP and bool(seen.payload)


def _values(fields: Fields, names: tuple[str, ...]) -> Values:
    """Return one string for each field; empty for a missing one."""
    return tuple([",".join(fields.get(name, ())) for name in names])


def _add_number(group: _Group, value: int, fields: Fields, correlate: Correlation) -> None:
    """Store the number of a packet that is counted."""
    numbers = group.numbers.setdefault(value, set())
    if len(numbers) < MAXIMUM_NUMBERS:
        numbers.update(map(int, fields.get(correlate.consecutive, ())))


def _is_consecutive(correlate: Correlation, numbers: Mapping[int, set[int]]) -> bool:
    """Return whether two close numbers were each seen with enough of the values."""
    pairs = Counter(
        (n, step) for seen in numbers.values() for n in seen for step in STEPS if n + step in seen
    )
    return any(count >= correlate.count for count in pairs.values())


def _is_satisfied(correlate: Correlation, counted: Mapping[int, tuple[int, Values]]) -> bool:
    """Return whether the distinct packets are enough, and vary in the fields that must vary."""
    if len(counted) < correlate.count:
        return False
    varied = [values for _, values in counted.values()]
    return all(len(set(column)) > 1 for column in zip(*varied, strict=True))
