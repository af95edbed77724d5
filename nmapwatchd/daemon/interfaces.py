"""The interfaces that the service captures on: opened, polled, reconfigured and closed together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.capture.tshark_install import TsharkInstall, find_tshark, write_profile
from nmapwatchd.errors import CaptureError, Diagnostic, OperatorError
from nmapwatchd.filters.compiled import CompiledFilters
from nmapwatchd.telemetry.totals import CaptureTotals

_log = structlog.get_logger()

SupervisorFactory = Callable[[str, CompiledFilters, TsharkInstall], InterfaceSupervisor]


class Interfaces:
    """
    One supervisor for each interface, all with the same filters and the same tshark.

    Args:
        filters: the filters to capture with.
        supervise: creates the supervisor of an interface.
    """

    def __init__(self, filters: CompiledFilters, supervise: SupervisorFactory) -> None:
        self._filters, self._supervise = filters, supervise
        self._tshark_install: TsharkInstall | None = None
        self.supervisors: dict[str, InterfaceSupervisor] = {}
        self.totals = CaptureTotals()

    async def find_tshark(self, profile: Path) -> None:
        """
        Check the installed programs and write tshark's profile to an empty directory.

        Raises:
            OperatorError: a program is missing or too old.
        """
        self._tshark_install = await find_tshark(self._filters.dissection.dissectors, profile)

    async def open(self, names: Sequence[str]) -> None:
        """Start to capture on interfaces; one that cannot be opened is, once that is possible."""
        assert self._tshark_install is not None
        for name in names:
            supervisor = self._supervise(name, self._filters, self._tshark_install)
            self.supervisors[name] = supervisor
            await supervisor.open()
            if supervisor.is_capturing:
                _log.info("capturing", interface=name)

    @property
    def have_started(self) -> bool:
        """Whether on each, a canary has passed through the pipeline or an outage is known."""
        return all(one.is_flowing or not one.is_capturing for one in self.supervisors.values())

    async def poll(self) -> None:
        """Check every interface, and handle what has failed; to be called every second."""
        for supervisor in self.supervisors.values():
            await supervisor.poll()

    def report_absent(self) -> None:
        """Report the interfaces that are absent now."""
        for supervisor in self.supervisors.values():
            supervisor.report_absent()

    @asynccontextmanager
    async def reconfigured(
        self, filters: CompiledFilters, names: Sequence[str]
    ) -> AsyncIterator[None]:
        """
        Capture with other filters and on other interfaces, if the block succeeds as well.

        Added interfaces are opened before the block, removed ones closed after it. If anything
        fails, the block included, the old filters and interfaces are restored.

        Raises:
            OperatorError: the block failed, or tshark cannot be restarted.
        """
        previous = self._filters
        removed = [name for name in self.supervisors if name not in names]
        change = _Change(
            filters_changed=filters != previous,
            added=[name for name in names if name not in self.supervisors],
            kept=[name for name in self.supervisors if name in names],
        )
        self._filters = filters
        try:
            await self._make(change)
            yield
        except OperatorError:
            self._filters = previous
            await self._roll_back(change)
            raise
        for name in removed:
            supervisor = self.supervisors.pop(name)
            await supervisor.close()
            self.totals.add_closed(supervisor)

    async def close(self) -> None:
        """Stop capturing, once the frames already captured are processed."""
        await asyncio.gather(*(supervisor.close() for supervisor in self.supervisors.values()))

    async def _make(self, change: "_Change") -> None:
        """
        Open the added interfaces, and have the kept ones use the new filters.

        Raises:
            OperatorError: something failed; `change` has what was done before that.
        """
        try:
            if change.filters_changed:
                await self._write_profile()
                change.profile_written = True
            await self.open(change.added)
            if change.filters_changed:
                for name in change.kept:
                    await self.supervisors[name].replace(self._filters)
                    change.replaced.append(name)
        except CaptureError as error:
            raise OperatorError(Diagnostic("interfaces", str(error))) from error
        except OSError as error:
            raise OperatorError(Diagnostic("tshark", str(error))) from error

    async def _roll_back(self, change: "_Change") -> None:
        """Undo a change; log what cannot be undone, which keeps the new filters."""
        for name in change.added:
            if name in self.supervisors:
                await self.supervisors.pop(name).close()
        try:
            if change.profile_written:
                await self._write_profile()  # first: the next tshark starts with it
        except OSError as error:
            _log.error("tshark's profile not restored", error=str(error))
        for name in change.replaced:
            try:
                await self.supervisors[name].replace(self._filters)
            except CaptureError as error:
                _log.error("filters not restored", interface=name, error=str(error))

    async def _write_profile(self) -> None:
        assert self._tshark_install is not None
        dissectors = self._filters.dissection.dissectors
        await write_profile(dissectors, self._tshark_install.profile)


@dataclass(slots=True)
class _Change:
    """
    What a reconfiguration is to change, and how far it has come.

    Args:
        filters_changed: whether the filters differ from those in use.
        added: interfaces to open.
        kept: interfaces that stay open.
        profile_written: whether tshark's profile is that of the new filters.
        replaced: kept interfaces that use the new filters.
    """

    filters_changed: bool
    added: list[str]
    kept: list[str]
    profile_written: bool = False
    replaced: list[str] = field(default_factory=list)
