"""What a sink does not get is counted, and named to the operator."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.delivery.spool import Spool
from tests.delivery.building import Taker, begun, ended, kept, put, taker
from tests.sinks.collector import wait_until


def test_a_sink_that_is_gone_loses_what_it_had_not_aloud(tmp_path: Path) -> None:
    spool, said = begun(tmp_path), list[str]()
    taker(spool, "a").took()
    put(spool, 1, 2)
    ended(spool)

    spool = begun(tmp_path, said.append)
    spool.keep_only({"b"})
    taker(spool, "b")
    ended(spool)

    assert spool.lost == 2
    assert said[0].startswith("a is told no more: what it did not have is lost: 2 messages: ")
    assert f"scan-opened {1:032x}, scan-opened {2:032x}" in said[0]
    assert kept(tmp_path) == 0


def test_an_overflow_loses_what_it_says_and_only_for_sinks_that_are_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    said = list[str]()
    spool = begun(tmp_path, said.append, messages=5)
    away, well = taker(spool, "away", delivers=False), taker(spool, "well")

    for number in range(10):
        put(spool, number)
        wait_until(lambda: len(well.ids) == number + 1)  # noqa: B023 - it is used at once
        well.deliver()
    ended(spool)

    assert well.ids == list(range(10))
    assert spool.lost == 5
    assert "away: lost " in said[0]
    lost = "".join(said)
    assert [n for n in range(10) if f"{n:032x}" in lost] == [5, 6, 7, 8, 9]
    assert away.ids == [0, 1, 2]
    restarted = begun(tmp_path)
    taker(restarted, "well")
    taker(restarted, "away").took(0, 1, 2, 3, 4)


def test_an_overflow_names_every_message_that_it_loses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    said = list[str]()
    spool = begun(tmp_path, said.append, messages=5)
    taker(spool, "away", delivers=False)
    put(spool, *range(300))
    ended(spool)

    named = re.findall("scan-opened ([0-9a-f]{32})", "".join(said))
    assert [int(name, 16) for name in named] == list(range(5, 300))
    assert not any(" more" in text for text in said)


def test_there_is_room_for_the_word_that_messages_were_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    word = SensorEvent(Action.SENSOR_UNDELIVERED, 1, "2 messages; lost by away 2 in all")
    spool = begun(tmp_path, messages=5)
    taker(spool, "away", delivers=False)
    put(spool, *range(7))

    spool.put([word])
    put(spool, 7)
    ended(spool)

    assert spool.lost == 3
    spool = begun(tmp_path)
    sink = taker(spool, "away")
    wait_until(lambda: len(sink.taken) == 6)
    assert sink.ids == list(range(5))
    assert sink.taken[-1] == word
    ended(spool)


def test_without_a_directory_messages_are_handed_on_at_once() -> None:
    spool = begun(None)
    sink = taker(spool, "a")

    put(spool, 1)

    assert sink.ids == [1]
    assert (spool.fault, spool.remembered) == ("", ())
    ended(spool)


@dataclass(slots=True)
class Small(Taker):
    """An outlet with room for three messages that it never delivers."""

    def put(self, message: Message) -> bool:
        return len(self.held) < 3 and Taker.put(self, message)


def small(spool: Spool) -> Small:
    found = Small(spool.feed("away"), delivers=False)
    found.feed.connect(found)
    return found


def lost_by_name(said: list[str]) -> list[int]:
    return [int(name, 16) for name in re.findall("scan-opened ([0-9a-f]{32})", "".join(said))]


def test_without_a_directory_what_an_outlet_has_no_room_for_is_named() -> None:
    said = list[str]()
    spool = begun(None, said.append)
    small(spool)
    put(spool, *range(300))

    spool.look()

    assert lost_by_name(said) == list(range(3, 300))
    assert all(text.startswith("away: lost ") for text in said)


def test_without_a_directory_what_is_lost_later_is_named_a_minute_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = list[str]()
    spool = begun(None, said.append)
    small(spool)
    put(spool, *range(4))
    spool.look()
    put(spool, 4)

    spool.look()
    before = lost_by_name(said)
    monkeypatch.setattr("nmapwatchd.delivery.spool._REPORT_SECONDS", 0.0)
    spool.look()

    assert (before, lost_by_name(said)) == ([3], [3, 4])


def test_without_a_directory_what_is_not_delivered_at_the_end_is_named() -> None:
    said = list[str]()
    spool = begun(None, said.append)
    small(spool)
    put(spool, *range(5))

    ended(spool)

    assert lost_by_name(said) == [0, 1, 2, 3, 4]
    assert said[0].startswith("away: kept nowhere and perhaps not delivered: 3 messages: ")


def test_what_is_kept_is_not_called_lost_at_the_end(tmp_path: Path) -> None:
    said = list[str]()
    spool = begun(tmp_path, said.append)
    small(spool)
    put(spool, *range(5))

    ended(spool)

    assert said == ["away: 5 messages wait on disk for the next start"]
