"""The delivery of a configuration keep what a sink has not, across reloads and restarts."""

import json
from pathlib import Path

import pytest

from nmapwatchd.config.settings import SinkTable, SpoolTable
from nmapwatchd.delivery.delivery import Delivery, spool_directory
from nmapwatchd.errors import OperatorError
from tests.delivery.building import alert
from tests.sinks.collector import LOOPBACK, collector, free_port, wait_until


def file_of(folder: Path, name: str = "alerts") -> SinkTable:
    return SinkTable(kind="jsonl", path=str(folder / name))


def syslog(port: int) -> SinkTable:
    return SinkTable(kind="syslog", to=f"tcp://{LOOPBACK}:{port}")


def spool(folder: Path) -> SpoolTable:
    return SpoolTable(directory=str(folder / "spool"))


def written(table: SinkTable) -> list[int]:
    """Return the numbers of the alerts that a file holds."""
    lines = Path(table.path).read_text().splitlines() if Path(table.path).exists() else []
    return [int(json.loads(line)["event"]["id"], 16) for line in lines]


def test_a_reload_keeps_what_waits_for_a_sink_that_stays(tmp_path: Path) -> None:
    away, first, second = syslog(free_port()), file_of(tmp_path, "one"), file_of(tmp_path, "two")
    with Delivery([away, first], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(first) == [1])
        delivery.adopt([away, second])
        delivery.put(alert(2))
        wait_until(lambda: written(second) == [2])
        assert (written(first), delivery.lost) == ([1], 0)
    port = int(away.to.rpartition(":")[2])

    with (
        collector(tmp_path, "imtcp", 'module(load="imtcp")\n', port=port) as found,
        Delivery([away, second], spool=spool(tmp_path)),
    ):
        wait_until(lambda: found.event_ids() == {f"{n:032x}" for n in (1, 2)})

    assert written(second) == [2]


def test_a_sink_that_leaves_loses_what_it_had_not_and_is_counted(tmp_path: Path) -> None:
    away, stays = syslog(free_port()), file_of(tmp_path)
    with Delivery([away, stays], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1), alert(2))
        wait_until(lambda: written(stays) == [1, 2])

        delivery.adopt([stays])

        assert delivery.lost == 2


def test_what_was_lost_is_told_by_sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    away, stays = syslog(free_port()), file_of(tmp_path)
    small = SpoolTable(directory=str(tmp_path / "spool"), maximum_messages=5)
    with Delivery([away, stays], spool=small) as delivery:
        for number in range(10):
            delivery.put(alert(number))
            wait_until(lambda: len(written(stays)) == number + 1)  # noqa: B023 - used at once

        assert delivery.losses == f"by {away.to} {delivery.lost} in all"
        assert delivery.lost > 0


def test_a_sink_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    to = f"tls://{LOOPBACK}:6514"
    twice = [SinkTable(kind="syslog", to=to), SinkTable(kind="syslog", to=to, ca_file="other")]

    with Delivery([file_of(tmp_path)]) as delivery, pytest.raises(OperatorError, match="twice"):
        delivery.adopt(twice)


def test_a_stop_delivers_what_it_can_and_a_start_does_not_repeat_it(tmp_path: Path) -> None:
    table = file_of(tmp_path)
    for numbers in ([1, 2], [3]):
        delivery = Delivery([table], spool=spool(tmp_path))
        delivery.put(*map(alert, numbers))
        delivery.close(5)

    assert written(table) == [1, 2, 3]


def test_a_diary_that_nobody_reads_costs_no_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def warning(self, _text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("nmapwatchd.delivery.delivery._log", Closed())
    table = file_of(tmp_path)
    (tmp_path / "spool").mkdir(mode=0o777)
    (tmp_path / "spool").chmod(0o777)  # which the spool refuses, and says

    with Delivery([table, syslog(free_port())], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: len(delivery.faults) == 2)
        delivery.put(alert(2))

        wait_until(lambda: written(table) == [1, 2])


def test_the_spool_is_where_the_service_manager_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}:/elsewhere")

    assert spool_directory(SpoolTable()) == tmp_path
    assert spool_directory(SpoolTable(directory="/there")) == Path("/there")


def test_without_a_place_of_ours_nothing_is_kept_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    monkeypatch.setattr("nmapwatchd.delivery.delivery._say", said.append)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr("nmapwatchd.delivery.delivery._STATE_DIRECTORY", str(tmp_path / "missing"))
    table = file_of(tmp_path)

    with Delivery([table], spool=SpoolTable()) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(table) == [1])

        assert delivery.faults == []
    assert [text.partition(": ")[2] for text in said] == ["alerts are not kept on disk"]
