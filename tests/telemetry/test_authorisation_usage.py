"""The use of each authorisation is counted, survives a restart, and cannot grow."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution.allowlist import Usage
from nmapwatchd.delivery.state_directory import STATE_DIRECTORY
from nmapwatchd.telemetry import authorisation_usage as module
from nmapwatchd.telemetry.authorisation_usage import (
    FILE,
    UsageError,
    UsageRecord,
    read_usage,
    usage_file,
)
from tests.formats.messages import AT, OPENED, SECOND

FILE_MODE = 0o600


def expected(sequence: int = 1, end: int = AT, name: str = "audit") -> Alert:
    return replace(OPENED, action=Action.SCAN_EXPECTED, expected=name, sequence=sequence, end=end)


def saved(record: UsageRecord) -> None:
    """Have the record written, as when the service stops."""

    async def run() -> None:
        record.open()
        await record.close()

    asyncio.run(run())


def test_a_scan_counts_once_and_its_last_sighting_is_the_last_use() -> None:
    record = UsageRecord(None, ["audit", "other"], 7)

    record.record([expected(), expected(2, AT + SECOND), OPENED])
    record.record([expected(1, AT - SECOND)])

    assert record.usages == {"audit": Usage(7, 2, AT + SECOND), "other": Usage(7)}


def test_the_record_survives_a_restart(tmp_path: Path) -> None:
    first = UsageRecord(tmp_path / FILE, ["audit"], 7)
    first.record([expected()])
    saved(first)

    second = UsageRecord(tmp_path / FILE, ["audit"], 9)
    second.record([expected(2, AT + SECOND)])
    saved(second)

    assert read_usage(tmp_path / FILE) == {"audit": Usage(7, 1, AT + SECOND)}
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_only_the_service_may_read_it(tmp_path: Path) -> None:
    saved(UsageRecord(tmp_path / FILE, ["audit"], 7))

    assert (tmp_path / FILE).stat().st_mode & 0o777 == FILE_MODE


def test_it_has_the_configured_authorisations_only() -> None:
    record = UsageRecord(None, ["audit"], 7)
    record.record([expected(), expected(name="removed before")])

    record.retain(["new"], 9)

    assert record.usages == {"new": Usage(9)}


def test_it_is_written_while_the_service_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITE_SECONDS", 0.01)
    record = UsageRecord(tmp_path / FILE, ["audit"], 7)

    async def run() -> None:
        record.open()
        async with asyncio.timeout(10):
            while not (tmp_path / FILE).exists():  # noqa: ASYNC110 - files signal no event
                await asyncio.sleep(0.01)
            record.record([expected()])
            while read_usage(tmp_path / FILE)["audit"].scans != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await record.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"version": 2, "authorisations": {}}',
     b'{"version": 1, "authorisations": {"audit": {"since": -1, "scans": 0, "last": 0}}}',
     json.dumps({"version": 1, "authorisations": {"a" * (1 << 21): {}}}).encode()],
)  # fmt: skip
def test_a_damaged_record_is_begun_again_and_logged(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError):
        read_usage(tmp_path / FILE)

    record = UsageRecord(tmp_path / FILE, ["audit"], 7)

    assert record.usages == {"audit": Usage(7)}
    assert "record of authorisations not read, begun again" in "".join(capsys.readouterr())
    saved(record)
    assert read_usage(tmp_path / FILE) == {"audit": Usage(7)}


def test_a_record_that_cannot_be_written_is_logged_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(UsageRecord(tmp_path / "absent" / FILE, ["audit"], 7))

    output = "".join(capsys.readouterr())
    assert output.count("record of authorisations not written") == 1
    assert "No such file or directory" in output


def test_a_reader_finds_it_beside_the_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert usage_file("/srv/spool") == Path("/srv/spool", FILE)
    monkeypatch.setenv("STATE_DIRECTORY", "/srv/state:/srv/other")
    assert usage_file("") == Path("/srv/state", FILE)
    monkeypatch.delenv("STATE_DIRECTORY")
    assert usage_file("") == Path(STATE_DIRECTORY, FILE)
