"""A full table evicts the entries of a flood before those of a source that sends now and then."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.source_table import MAXIMUM_AT_ONCE, SourceTable

Table = SourceTable[int, str]
LIFETIME = 1_000


def table(maximum: int = 6, budget: int = 4) -> Table:
    return Table(maximum, budget)


def put(found: Table, source: str, *keys: int, at: int = 0) -> None:
    """Store under each key, with a packet of its own."""
    for later, key in enumerate(keys):
        found.put(source, key, f"{source} {key}", at + later, LIFETIME)


def kept(found: Table, source: str, *keys: int) -> list[int]:
    return [key for key in keys if found.get(source, key) == f"{source} {key}"]


def test_a_value_is_stored_by_source_and_key() -> None:
    found = table()
    put(found, "a", 1)
    put(found, "b", 1, 2)

    assert (kept(found, "a", 1, 2), kept(found, "b", 1, 2)) == ([1], [1, 2])
    assert found.get("c", 1) is None
    assert len(found) == 3


def test_a_value_that_is_stored_again_replaces_the_first() -> None:
    found = table()
    for at, value in enumerate(("first", "second", "third", "last")):
        found.put("a", 1, value, at // 2, LIFETIME)
        assert (found.get("a", 1), len(found)) == (value, 1)


def test_what_one_packet_stores_is_evicted_together() -> None:
    found = table()
    for number in range(9):
        for key in (1, 2):
            found.put(f"forged {number}", key, f"forged {number} {key}", number, LIFETIME)

    assert [kept(found, f"forged {n}", 1, 2) for n in range(9)] == [[]] * 6 + [[1, 2]] * 3
    assert (len(found), found.evictions) == (6, 12)


def test_packets_of_the_same_time_are_not_one_packet_beyond_what_one_can_store() -> None:
    found = table(maximum=100)
    for key in range(MAXIMUM_AT_ONCE + 2):
        found.put("a", key, f"a {key}", 0, LIFETIME)

    assert kept(found, "a", *range(20)) == list(range(MAXIMUM_AT_ONCE + 2))
    assert list(found._active) == ["a"]


def test_sources_that_stored_once_are_evicted_before_others_oldest_first() -> None:
    found = table()
    put(found, "scanner", 1, 2)
    for number in range(9):
        put(found, f"forged {number}", 0)

    assert kept(found, "scanner", 1, 2) == [1, 2]
    assert [n for n in range(9) if kept(found, f"forged {n}", 0)] == [5, 6, 7, 8]
    assert (len(found), found.evictions) == (6, 5)


def test_sources_that_stored_once_keep_half_of_the_table() -> None:
    found = table()
    for number in range(9):
        put(found, f"busy {number}", 1, 2)
    put(found, "new", 1)
    for number in range(9, 11):
        put(found, f"busy {number}", 1, 2)

    assert kept(found, "new", 1) == [1]


def test_a_source_that_stored_again_is_evicted_when_idle_for_longest() -> None:
    found = table()
    for source in ("a", "b", "c"):
        put(found, source, 1, 2)
    put(found, "a", 1, at=9)
    put(found, "d", 1, 2)

    assert kept(found, "a", 1, 2) == [1, 2]
    assert kept(found, "b", 1, 2) == []
    assert kept(found, "c", 1, 2) == [1, 2]


def test_a_source_over_its_budget_evicts_its_own_oldest_entry() -> None:
    found = table(maximum=7)
    put(found, "a", 1, 2)
    put(found, "loud", *range(20))
    put(found, "b", 1)

    assert kept(found, "a", 1, 2) == [1, 2]
    assert kept(found, "b", 1) == [1]
    assert kept(found, "loud", *range(20)) == [16, 17, 18, 19]


def test_a_source_over_its_budget_keeps_what_others_leave() -> None:
    found = table(maximum=100)
    put(found, "loud", *range(100))

    assert kept(found, "loud", *range(100)) == list(range(100))
    assert found.evictions == 0


def test_of_several_sources_over_their_budget_the_heaviest_evicts() -> None:
    found = table(maximum=12, budget=2)
    put(found, "heavy", *range(8))
    put(found, "lighter", *range(4))
    put(found, "other", 1)

    assert kept(found, "heavy", *range(8)) == [1, 2, 3, 4, 5, 6, 7]
    assert kept(found, "lighter", *range(4)) == [0, 1, 2, 3]


def test_entries_whose_lifetime_is_over_are_removed_and_not_counted_as_evicted() -> None:
    found = table()
    put(found, "once", 1)
    put(found, "idle", 1, 2)
    put(found, "active", 1, 2)
    put(found, "active", 2, at=LIFETIME)
    assert len(found) == 5

    put(found, "active", 3, at=LIFETIME + 2)

    assert len(found) == 2
    assert kept(found, "active", 1, 2, 3) == [2, 3]
    assert found.evictions == 0


def test_a_cleared_table_is_empty_and_keeps_its_count() -> None:
    found = table(budget=1)
    put(found, "a", *range(9))
    evictions = found.evictions
    found.clear()

    assert (len(found), kept(found, "a", 8)) == (0, [])
    assert found.evictions == evictions == 3
    put(found, "a", *range(6))
    assert len(found) == 6


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3_000))))
def test_the_size_is_the_number_of_entries_and_within_the_ceiling(
    stored: list[tuple[int, int, int]],
) -> None:
    found = table()
    for source, key, at in stored:
        put(found, str(source), key, at=at)
        entries = [n for name in map(str, range(10)) for n in kept(found, name, *range(10))]

        assert len(found) == len(entries) <= 6
        assert found._over_budget == {s for s, own in found._active.items() if len(own) > 4}
        assert found.get(str(source), key) is not None
