"""The interfaces that the service captures on: opened, polled, reconfigured and closed together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from nmapwatchd.capture.link import absent
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
        """
        Start to capture on interfaces.

        Raises:
            OperatorError: one does not exist or cannot be opened; those before it stay open.
        """
        diagnostics = absent(names)
        if diagnostics:
            raise OperatorError(*diagnostics)
        assert self._tshark_install is not None
        for name in names:
            supervisor = self._supervise(name, self._filters, self._tshark_install)
            try:
                await supervisor.open()
            except CaptureError as error:
                await supervisor.close()
                raise OperatorError(Diagnostic("interfaces", str(error))) from error
            self.supervisors[name] = supervisor
            _log.info("capturing", interface=name)

    @property
    def are_flowing(self) -> bool:
        """Whether a canary has passed through every pipeline."""
        return all(supervisor.flows for supervisor in self.supervisors.values())

    async def poll(self) -> None:
        """Check every interface, and handle what has failed; to be called every second."""
        for supervisor in self.supervisors.values():
            await supervisor.look()

    @asynccontextmanager
    async def reconfigured(
        self, filters: CompiledFilters, names: Sequence[str]
    ) -> AsyncIterator[None]:
        """
        Capture with other filters and on other interfaces, if the block succeeds as well.

        Interfaces that are added are open in the block; those that are removed are closed after it.
        If anything fails, the added ones are closed again and the removed ones stay open.

        Raises:
            OperatorError: an interface cannot be opened, or tshark not be restarted.
        """
        previous = self._filters
        added = [name for name in names if name not in self.supervisors]
        removed = [name for name in self.supervisors if name not in names]
        kept = self.supervisors.keys() - set(removed)
        self._filters = filters
        try:
            await self._prepare(added, kept, filters_changed=filters != previous)
            yield
        except OperatorError:
            self._filters = previous
            for name in added:
                if name in self.supervisors:
                    await self.supervisors.pop(name).close()
            raise
        for name in removed:
            supervisor = self.supervisors.pop(name)
            await supervisor.close()
            self.totals.keep(supervisor)

    async def close(self) -> None:
        """Stop capturing, once the frames already captured are processed."""
        await asyncio.gather(*(supervisor.close() for supervisor in self.supervisors.values()))

    async def _prepare(
        self, added: Sequence[str], kept: Collection[str], filters_changed: bool
    ) -> None:
        """
        Open the added interfaces, and have the kept ones use the new filters.

        Raises:
            OperatorError: something failed; what was done before that stays.
        """
        assert self._tshark_install is not None
        try:
            if filters_changed:
                dissectors = self._filters.dissection.dissectors
                await write_profile(dissectors, self._tshark_install.profile)
            await self.open(added)
            if filters_changed:
                for name in kept:
                    await self.supervisors[name].replace(self._filters)
        except CaptureError as error:
            raise OperatorError(Diagnostic("interfaces", str(error))) from error
        except OSError as error:
            raise OperatorError(Diagnostic("tshark", str(error))) from error
