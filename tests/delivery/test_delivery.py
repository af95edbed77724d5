"""Undelivered messages survive reloads and restarts, and lost ones are counted."""

import json
from pathlib import Path

import pytest

from nmapwatchd.config.settings import SpoolSettings
from nmapwatchd.config.sinks import JournaldSettings, JsonlSettings, SyslogSettings
from nmapwatchd.core.alert import Message
from nmapwatchd.delivery import delivery as module
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import OperatorError
from nmapwatchd.formats.ecs import document
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.formats.summary import summarise
from nmapwatchd.sinks.sink import SinkError
from tests.delivery.building import alert, alert_name
from tests.sinks.collector import LOOPBACK, collector, free_port, wait_until


def file_of(folder: Path, name: str = "alerts") -> JsonlSettings:
    return JsonlSettings(path=str(folder / name))


def syslog(port: int) -> SyslogSettings:
    return SyslogSettings(to=f"tcp://{LOOPBACK}:{port}")


def spool(folder: Path) -> SpoolSettings:
    return SpoolSettings(directory=str(folder / "spool"))


def written(table: JsonlSettings) -> list[int]:
    """Return the numbers of the alerts that a file holds; a line may still be being written."""
    text = Path(table.path).read_text() if Path(table.path).exists() else ""
    lines = text.rpartition("\n")[0].splitlines()
    return [int(json.loads(line)["nmapwatchd"]["scan"]["id"], 16) for line in lines]


def test_a_reload_keeps_what_waits_for_a_sink_that_stays(tmp_path: Path) -> None:
    away, first, second = syslog(free_port()), file_of(tmp_path, "one"), file_of(tmp_path, "two")
    with Delivery([away, first], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(first) == [1])
        delivery.reload([away, second])
        delivery.put(alert(2))
        wait_until(lambda: written(second) == [2])
        assert (written(first), delivery.lost) == ([1], 0)
    port = int(away.to.rpartition(":")[2])

    with (
        collector(tmp_path, "imtcp", 'module(load="imtcp")\n', port=port) as found,
        Delivery([away, second], spool=spool(tmp_path)),
    ):
        wait_until(lambda: found.event_ids() == {event_id(alert(n)) for n in (1, 2)})

    assert written(second) == [2]


def test_the_undelivered_messages_of_a_removed_sink_are_counted(tmp_path: Path) -> None:
    away, stays = syslog(free_port()), file_of(tmp_path)
    with Delivery([away, stays], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1), alert(2))
        wait_until(lambda: written(stays) == [1, 2])

        delivery.reload([stays])

        assert delivery.lost == 2
        assert delivery.losses == {away.to: 2}


def test_the_losses_of_removed_sinks_are_named_up_to_a_ceiling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.delivery.MAXIMUM_REMOVED", 1)
    stays, away = file_of(tmp_path), [syslog(free_port()) for _ in range(3)]
    with Delivery([stays, *away], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(stays) == [1])

        for removed in range(1, 4):
            delivery.reload([stays, *away[removed:]])

        assert delivery.losses == {away[0].to: 1, "other removed sinks": 2}
        assert delivery.lost == 3


def test_losses_are_counted_by_sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    away, stays = syslog(free_port()), file_of(tmp_path)
    small = SpoolSettings(directory=str(tmp_path / "spool"), maximum_messages=5)
    with Delivery([away, stays], spool=small) as delivery:
        for number in range(10):
            delivery.put(alert(number))
            wait_until(lambda: len(written(stays)) == number + 1)  # noqa: B023 - used at once

        assert delivery.losses == {away.to: delivery.lost}
        assert delivery.lost_by_sink == {away.to: delivery.lost, f"jsonl {stays.path}": 0}
        assert delivery.lost > 0


def test_a_duplicate_sink_is_refused(tmp_path: Path) -> None:
    to = f"tls://{LOOPBACK}:6514"
    twice = [SyslogSettings(to=to), SyslogSettings(to=to, ca_file="other")]

    with (
        Delivery([file_of(tmp_path)]) as delivery,
        pytest.raises(OperatorError, match=f"^sink: duplicate {to}$"),
    ):
        delivery.reload(twice)


def test_a_stop_delivers_what_it_can_and_a_start_does_not_repeat_it(tmp_path: Path) -> None:
    table = file_of(tmp_path)
    for numbers in ([1, 2], [3]):
        delivery = Delivery([table], spool=spool(tmp_path))
        delivery.put(*map(alert, numbers))
        delivery.close(5)

    assert written(table) == [1, 2, 3]


def test_a_log_without_a_reader_costs_no_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def warning(self, _text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("nmapwatchd.delivery.delivery._log", Closed())
    table = file_of(tmp_path)
    (tmp_path / "spool").mkdir(mode=0o777)
    (tmp_path / "spool").chmod(0o777)  # which the spool refuses, and logs

    with Delivery([table, syslog(free_port())], spool=spool(tmp_path)) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: len(delivery.errors) == 2)
        delivery.put(alert(2))

        wait_until(lambda: written(table) == [1, 2])


def test_without_a_writable_directory_nothing_is_stored_and_that_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = list[str]()
    monkeypatch.setattr("nmapwatchd.delivery.delivery._log_warning", log.append)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(
        "nmapwatchd.delivery.state_directory.STATE_DIRECTORY", str(tmp_path / "missing")
    )
    table = file_of(tmp_path)

    with Delivery([table], spool=SpoolSettings()) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(table) == [1])

        assert delivery.errors == []
    assert [text.partition(": ")[2] for text in log] == ["messages are not stored on disk"]


def test_a_sink_that_is_not_available_at_first_is_an_error_until_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "missing"
    stays, late = file_of(tmp_path), file_of(folder)
    with Delivery([stays]) as delivery:
        delivery.reload([stays, late])
        assert delivery.errors == [f"jsonl {late.path}: No such file or directory"]

        delivery.put(alert(1))
        wait_until(lambda: written(stays) == [1])
        folder.mkdir()
        wait_until(lambda: written(late) == [1])

        wait_until(lambda: delivery.errors == [])


def test_a_failed_reload_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr("nmapwatchd.config.sinks.require_network", refuse)
    first, second = file_of(tmp_path, "one"), file_of(tmp_path, "two")
    denied = SyslogSettings(to="udp://host")
    with Delivery([first]) as delivery:
        with pytest.raises(OperatorError, match=r"^sink\[2\]: udp://host: no network"):
            delivery.reload([second, denied])

        delivery.put(alert(1))
        wait_until(lambda: written(first) == [1])
    assert written(second) == []


def test_a_sink_that_fails_does_not_prevent_a_reload_that_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    first, second = file_of(folder), file_of(tmp_path, "two")
    with Delivery([first]) as delivery:
        folder.rename(tmp_path / "elsewhere")

        delivery.reload([first, second])

        assert set(delivery.lost_by_sink) == {f"jsonl {first.path}", f"jsonl {second.path}"}


def test_without_a_spool_the_messages_of_a_removed_sink_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = list[str]()
    monkeypatch.setattr(module, "_log_warning", log.append)
    monkeypatch.setattr(module, "REMOVE_SECONDS", 0.1)
    away, stays = syslog(free_port()), file_of(tmp_path)
    with Delivery([away, stays]) as delivery:
        delivery.put(alert(1), alert(2))
        wait_until(lambda: written(stays) == [1, 2])

        delivery.reload([stays])

        assert delivery.lost == 2
        assert delivery.lost_by_sink == {f"jsonl {stays.path}": 0}
    names = f"{alert_name(1)}, {alert_name(2)}"
    assert f"{away.to} removed, discarding 2 messages: {names}" in log


def test_statuses_show_the_queue_and_the_failure_of_each_sink(tmp_path: Path) -> None:
    away, stays = syslog(free_port()), file_of(tmp_path)
    with Delivery([away, stays]) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: delivery.errors != [] and written(stays) == [1])

        statuses = {status.sink: status for status in delivery.sink_statuses}

        assert delivery.errors == [f"{away.to}: Connection refused"]
        assert delivery.errors_by_sink == {
            away.to: f"{away.to}: Connection refused", f"jsonl {stays.path}": "",
        }  # fmt: skip
    failing, healthy = statuses[away.to], statuses[f"jsonl {stays.path}"]
    assert (failing.queued, failing.lost, failing.is_failing) == (1, 0, True)
    assert (healthy.queued, healthy.lost, healthy.is_failing) == (0, 0, False)


def test_losses_are_still_counted_after_the_close(tmp_path: Path) -> None:
    delivery = Delivery([syslog(free_port())], spool=spool(tmp_path))
    delivery.put(alert(1))
    wait_until(lambda: delivery.errors != [])

    delivery.close(0.1)

    assert delivery.lost == 1
    assert list(delivery.sink_statuses) == []


def test_a_listener_is_called_with_what_each_sink_has(tmp_path: Path) -> None:
    received = list[tuple[str, Message]]()
    table = file_of(tmp_path)
    with Delivery([table]) as delivery:
        delivery.listener = lambda sink, message: received.append((sink, message))

        delivery.put(alert(1), alert(2))

        name = f"jsonl {table.path}"
        wait_until(lambda: received == [(name, alert(1)), (name, alert(2))])


@pytest.mark.parametrize(("output", "name"), [("text", "text"), ("json", "jsonl -")])
def test_an_output_prints_as_well(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], output: str, name: str
) -> None:
    table = file_of(tmp_path)
    with Delivery([table], output) as delivery:
        delivery.put(alert(1))
        wait_until(lambda: written(table) == [1])
        assert name in delivery.lost_by_sink
        delivery.close(5)

    printed = capfd.readouterr().out
    if output == "text":
        assert printed == summarise(alert(1)) + "\n"
    else:
        assert json.loads(printed) == document(alert(1), this_sensor())


def test_without_sinks_messages_go_to_the_journal_unless_they_are_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(JournaldSettings, "probe", lambda _self: None)

    with Delivery([]) as delivery:
        assert list(delivery.lost_by_sink) == ["journald"]
    with Delivery([], "text") as delivery:
        assert list(delivery.lost_by_sink) == ["text"]
