"""A live interface, captured by a process that passes from one pipeline to the next."""

import os

from nmapwatchd.capture.process import CaptureProcess, OnSample, OnTopTalker
from nmapwatchd.capture.process_source import ProcessSource
from nmapwatchd.capture.source import CanaryFrame
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters


class InterfaceSource(ProcessSource):
    """
    An interface's frames, as long as one pipeline reads them.

    Args:
        interface: its name.
        filters: the filters to capture with.
        on_top_talker: called with the source of most frames while the kernel drops some.
        on_sample: called with each sample of frames.
        predecessor: the source whose capture process this one takes over; None to start one.
    """

    def __init__(
        self,
        interface: str,
        filters: CompiledFilters,
        on_top_talker: OnTopTalker,
        on_sample: OnSample,
        predecessor: "InterfaceSource | None" = None,
    ) -> None:
        super().__init__(interface)
        self.filters, self._on_top_talker, self._on_sample = filters, on_top_talker, on_sample
        self._predecessor = predecessor
        self._counts_before = CaptureStats()  # of the process when it became this source's
        self._final_counts = CaptureStats()  # of the process when it was released

    def successor(self, filters: CompiledFilters) -> "InterfaceSource":
        """Return a source that takes the capture process over when it is started."""
        return InterfaceSource(self.name, filters, self._on_top_talker, self._on_sample, self)

    async def open(self, canary_frame: CanaryFrame) -> int:
        """
        Open the interface, or join the predecessor's capture; prepare an output.

        Args:
            canary_frame: returns the canary to inject.

        Returns:
            The descriptor to read from, which the caller closes.

        Raises:
            CaptureError: the interface cannot be opened, or is not captured any more.
        """
        if self._predecessor is None:
            process = self.process = await CaptureProcess.from_interface(
                self.name, self.filters.kernel, self._on_top_talker, self._on_sample
            )
        elif self._predecessor.process is None:
            raise CaptureError(f"{self.name}: not captured")
        else:
            process = self._predecessor.process
        reader, writer = os.pipe()
        try:
            process.prepare_output(writer, canary_frame(process.link))
        finally:
            os.close(writer)
        return reader

    def start(self) -> None:
        """Deliver frames from now on; the predecessor's reader gets no more."""
        if self._predecessor is not None:
            self.process = self._predecessor.release_process()
            self._counts_before = self.process.counts
            self._predecessor = None
        assert self.process is not None
        self.process.switch_output()

    def release_process(self) -> CaptureProcess:
        """Give the capture process up; what it has written can still be read."""
        assert self.process is not None
        process, self.process = self.process, None
        self._final_counts = process.counts
        return process

    def shed(self, sources: ShedSources) -> None:
        """Shed these sources, and no others, in the kernel from now on."""
        if self.process is not None:
            bpf = self.filters.shedding(self.process.link, sources)
            self.process.set_filter(bpf)

    @property
    def thinning_factor(self) -> int:
        """One in so many frames that anyone can forge passes the kernel filter."""
        return 1 if self.process is None else self.process.thinning_factor

    @property
    def counts(self) -> CaptureStats:
        """Frames that the kernel delivered through this source, and dropped."""
        counts = self._final_counts if self.process is None else self.process.counts
        return counts - self._counts_before
