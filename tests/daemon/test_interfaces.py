"""Interfaces are reconfigured together, or not at all."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.counters import Counters
from nmapwatchd.daemon import interfaces as module
from nmapwatchd.daemon.interfaces import Interfaces
from nmapwatchd.errors import CaptureError, Diagnostic, OperatorError
from nmapwatchd.filters.compiled import CompiledFilters


@dataclass(frozen=True)
class Filters:
    """Filters of which only the dissectors matter."""

    dissectors: str

    @property
    def dissection(self) -> "Filters":
        return self


OLD, NEW = cast(CompiledFilters, Filters("old")), cast(CompiledFilters, Filters("new"))


class Supervisor:
    """A supervisor that fails in the way that its name states."""

    def __init__(self, name: str, filters: CompiledFilters, _tshark: object) -> None:
        self.name, self.filters = name, filters
        self.is_open = False
        self.is_flowing = False
        self.polls = 0
        self.was_asked = False
        self.counts = CaptureStats(frames=7)

    async def open(self) -> None:
        self.is_open = True

    @property
    def is_capturing(self) -> bool:
        return not self.name.startswith("absent")

    async def close(self) -> None:
        self.is_open = False

    async def poll(self) -> None:
        self.polls += 1

    def report_absent(self) -> None:
        self.was_asked = True

    async def replace(self, filters: CompiledFilters) -> None:
        if self.name.startswith("stubborn"):
            raise CaptureError(f"{self.name}: tshark does not start")
        self.filters = filters


class Tshark:
    """An installed tshark whose profile is what was written last."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        self.written: list[object] = []
        self.error: OSError | None = None

    async def find(self, dissectors: object, _profile: Path) -> "Tshark":
        self.written.append(dissectors)
        return self

    async def write(self, dissectors: object, profile: Path) -> None:
        assert profile == self.profile
        if self.error is not None:
            raise self.error
        self.written.append(dissectors)


@pytest.fixture
def tshark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tshark:
    """The tshark that is installed."""
    found = Tshark(tmp_path)
    monkeypatch.setattr(module, "find_tshark", found.find)
    monkeypatch.setattr(module, "write_profile", found.write)
    return found


async def opened(*names: str) -> Interfaces:
    """Return interfaces that are captured on with the old filters."""
    interfaces = Interfaces(OLD, cast(Any, Supervisor))
    await interfaces.find_tshark(Path())
    await interfaces.open(names)
    return interfaces


def state(interfaces: Interfaces) -> dict[str, tuple[bool, CompiledFilters]]:
    """Return whether each interface is open, and its filters."""
    supervisors = cast(dict[str, Supervisor], interfaces.supervisors)
    return {name: (one.is_open, one.filters) for name, one in supervisors.items()}


def test_interfaces_are_opened_and_closed_together(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0", "eth1")
        assert state(interfaces) == {"eth0": (True, OLD), "eth1": (True, OLD)}

        await interfaces.close()
        assert state(interfaces) == {"eth0": (False, OLD), "eth1": (False, OLD)}

    asyncio.run(run())
    assert tshark.written == [OLD.dissection.dissectors]


@pytest.mark.usefixtures("tshark")
def test_they_have_started_when_each_flows_or_is_in_an_outage() -> None:
    async def run() -> list[bool]:
        interfaces = await opened("eth0", "absent0", "eth1")
        found = [interfaces.have_started]
        for name in ("eth0", "eth1"):
            cast(Supervisor, interfaces.supervisors[name]).is_flowing = True
            found.append(interfaces.have_started)
        return found

    assert asyncio.run(run()) == [False, False, True]


@pytest.mark.usefixtures("tshark")
def test_each_is_polled() -> None:
    async def run() -> list[int]:
        interfaces = await opened("eth0", "eth1")
        await interfaces.poll()
        return [cast(Supervisor, one).polls for one in interfaces.supervisors.values()]

    assert asyncio.run(run()) == [1, 1]


def test_a_reconfiguration_adds_replaces_and_removes(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0", "eth1")
        removed = cast(Supervisor, interfaces.supervisors["eth0"])
        async with interfaces.reconfigured(NEW, ["eth1", "eth2"]):
            assert removed.is_open
            assert state(interfaces)["eth2"] == (True, NEW)

        assert state(interfaces) == {"eth1": (True, NEW), "eth2": (True, NEW)}
        assert not removed.is_open
        counters = Counters()
        interfaces.totals.update(counters, interfaces.supervisors.values())
        assert counters.frames == 3 * 7

    asyncio.run(run())
    assert tshark.written == [OLD.dissection.dissectors, NEW.dissection.dissectors]


def test_the_same_filters_restart_nothing(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("stubborn0")
        async with interfaces.reconfigured(OLD, ["stubborn0", "eth1"]):
            pass

        assert state(interfaces) == {"stubborn0": (True, OLD), "eth1": (True, OLD)}

    asyncio.run(run())
    assert len(tshark.written) == 1


def test_an_absent_interface_can_be_added(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0")
        async with interfaces.reconfigured(NEW, ["eth0", "absent0"]):
            pass

        assert state(interfaces) == {"eth0": (True, NEW), "absent0": (True, NEW)}

    asyncio.run(run())
    assert tshark.written[-1] == NEW.dissection.dissectors


@pytest.mark.usefixtures("tshark")
def test_the_absent_are_reported_by_their_supervisors() -> None:
    async def run() -> list[bool]:
        interfaces = await opened("eth0", "eth1")
        interfaces.report_absent()
        return [cast(Supervisor, one).was_asked for one in interfaces.supervisors.values()]

    assert asyncio.run(run()) == [True, True]


def test_a_tshark_that_does_not_start_undoes_the_change(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0", "stubborn0")
        with pytest.raises(OperatorError, match="interfaces: stubborn0: tshark does not start"):
            async with interfaces.reconfigured(NEW, ["eth0", "stubborn0", "eth1"]):
                pytest.fail("the block must not run")

        assert state(interfaces) == {"eth0": (True, OLD), "stubborn0": (True, OLD)}

    asyncio.run(run())
    assert tshark.written[-1] == OLD.dissection.dissectors


def test_a_profile_that_cannot_be_written_changes_nothing(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0")
        tshark.error = OSError(28, "No space left on device")
        with pytest.raises(OperatorError, match=r"tshark: .*No space left on device"):
            async with interfaces.reconfigured(NEW, ["eth0"]):
                pytest.fail("the block must not run")

        assert state(interfaces) == {"eth0": (True, OLD)}

    asyncio.run(run())
    assert tshark.written == [OLD.dissection.dissectors]


def test_a_block_that_fails_undoes_the_change(tshark: Tshark) -> None:
    async def run() -> None:
        interfaces = await opened("eth0", "eth1")
        with pytest.raises(OperatorError, match="sink: duplicate"):
            async with interfaces.reconfigured(NEW, ["eth1", "eth2"]):
                raise OperatorError(Diagnostic("sink", "duplicate"))

        assert state(interfaces) == {"eth0": (True, OLD), "eth1": (True, OLD)}

    asyncio.run(run())
    assert tshark.written[-1] == OLD.dissection.dissectors


def test_what_cannot_be_restored_is_logged_and_the_first_error_raised(
    tshark: Tshark, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run() -> None:
        interfaces = await opened("eth0", "eth1")

        def fail() -> None:
            tshark.error = OSError(28, "No space left on device")
            cast(Supervisor, interfaces.supervisors["eth0"]).name = "stubborn0"
            raise OperatorError(Diagnostic("sink", "duplicate"))

        with pytest.raises(OperatorError, match="sink: duplicate"):
            async with interfaces.reconfigured(NEW, ["eth0", "eth1"]):
                fail()

        assert state(interfaces) == {"eth0": (True, NEW), "eth1": (True, OLD)}

    asyncio.run(run())
    printed = capsys.readouterr()
    assert "tshark's profile not restored" in printed.out + printed.err
    assert "filters not restored" in printed.out + printed.err
