"""Replay capture files through the same path as live traffic, and print the alerts."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import BinaryIO

import structlog

from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.limitation import summary_of
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import TsharkInstall, find_tshark
from nmapwatchd.commands.config_option import add_config_option, named_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.folder import read_folder
from nmapwatchd.commands.progress import Progress
from nmapwatchd.core.alert import Alert, FloodSummary, Message
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.filters.wrappings import ALL, Wrapping
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.formats.summary import summarise
from nmapwatchd.signatures.loader import catalogue_of

HELP = "replay capture files and print the alerts"

STANDARD_INPUT = "-"

_log = structlog.get_logger()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--output", choices=("text", "json"), default="text")
    add_config_option(parser, "use the settings and site signatures of this configuration")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="capture file, or folder whose captures are replayed, with those of the folders in "
        f"it; {STANDARD_INPUT} is standard input",
    )


def run(options: argparse.Namespace) -> int:
    """Replay each capture on its own; go on with the next one after an error."""
    settings = named_settings(options.config)
    replay = Replay(
        catalogue_of(settings.signatures, settings.adjustments),
        settings.allowlist,
        settings.policy,
        settings.networks,
        settings.wrappings,
    )
    captures, status = _captures(options.files)
    print_message = _message_printer(options.output)
    progress = Progress(sys.stderr, len(captures))

    async def replay_one(name: str) -> ExitStatus:
        progress.advance()
        counters = Counters()
        problem = ""
        try:
            async for message in replay.messages(name, counters, progress):
                progress.clear()
                print_message(name, message)
        except CaptureError as error:
            problem = str(error)
        counts = {key: count for key, count in counters.counts().items() if count}
        if problem:
            _log.error("not read to its end", capture=name, error=problem, **counts)
            return ExitStatus.FAILED
        _log.info("replayed", capture=name, **counts)
        return ExitStatus.DONE

    async def replay_all() -> ExitStatus:
        async with progress.shown():
            return max([status, *[await replay_one(name) for name in captures]])

    try:
        return asyncio.run(replay_all())
    finally:
        replay.close()


def _captures(names: Sequence[str]) -> tuple[list[str], ExitStatus]:
    """Return the captures, those of folders included, and whether all could be searched."""
    captures: list[str] = []
    status = ExitStatus.DONE
    for name in names:
        if name == STANDARD_INPUT or not Path(name).is_dir():
            captures.append(name)
            continue
        folder = read_folder(Path(name))
        captures += map(str, folder.captures)
        for path, reason in folder.unreadable.items():
            _log.error("cannot be read", path=str(path), error=reason)
            status = ExitStatus.FAILED
        if folder.others:
            _log.info("files that are no captures skipped", folder=name, files=len(folder.others))
        if not folder.captures:
            _log.error("no captures", folder=name)
            status = ExitStatus.FAILED
    return captures, status


class Replay:
    """
    Replays captures one by one, each with an engine of its own.

    Args:
        catalogue: the signatures.
        allowlist: the authorised scanners.
        policy: when scans are reported.
        networks: networks that were on the captured links.
        wrappings: those to look into.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        allowlist: Allowlist,
        policy: WindowPolicy,
        networks: Sequence[IPv4Network] = (),
        wrappings: frozenset[Wrapping] = ALL,
    ) -> None:
        self._catalogue, self._allowlist, self._policy = catalogue, allowlist, policy
        self._networks = networks
        self._filters: CompiledFilters = compile_filters(catalogue, wrappings)
        self._directory = tempfile.TemporaryDirectory(prefix="nmapwatchd-")
        self._tshark_install: TsharkInstall | None = None
        self._finding_tshark = asyncio.Lock()

    def close(self) -> None:
        """Remove the files written for tshark."""
        self._directory.cleanup()

    async def messages(
        self, name: str, counters: Counters, progress: Progress | None = None
    ) -> AsyncIterator[Alert | FloodSummary]:
        """
        Yield the alerts of a capture file, or of standard input, and the summaries of floods.

        Args:
            name: the file's path, or `-`.
            counters: updated as the capture is read.
            progress: shows how far it was read, if it is to be shown.

        Raises:
            CaptureError: the capture cannot be read, or not to its end; the alerts of what could
                be read have been yielded.
            OperatorError: a program is missing or too old.
        """
        async with self._finding_tshark:
            if self._tshark_install is None:
                profile = Path(self._directory.name)
                self._tshark_install = await find_tshark(
                    self._filters.dissection.dissectors, profile
                )
        detector = SignatureDetector(self._catalogue, self._policy.seconds)
        detector.links.set_networks({}, self._networks)
        engine = Engine([detector], self._allowlist, self._policy, counters)
        try:
            file = _open(name)
        except OSError as error:
            raise CaptureError(f"{name}: {error.strerror}") from error
        progress = progress or Progress(None, 1)
        with file:
            source = file_source(name, file, self._filters.kernel)
            pipeline = CapturePipeline(source, self._filters, self._tshark_install)
            progress.begin(name, file)
            try:
                await pipeline.open()
                async for batch in pipeline.observations():
                    for observation in batch:
                        for message in engine.observe(observation).messages:
                            yield message
                for message in engine.drain().messages:
                    yield message
                await pipeline.end()
                progress.end()
                if hidden := summary_of(source.samples, self._filters.wrappings):
                    _log.warning("not inspected", capture=name, frames=hidden)
            finally:
                progress.end()
                counters.undecodable += pipeline.counts.undecodable
                counters.rule_errors = detector.rule_errors
                for rule, reason in detector.take_faults().items():
                    _log.error("signature failed, skipped", signature=rule, error=reason)
                counters.evicted_macs = detector.links.evicted_macs
                await pipeline.stop()


def _message_printer(output: str) -> Callable[[str, Message], None]:
    """Return a function that prints a message about a capture immediately, as `text` or `json`."""
    sensor = this_sensor()

    def print_message(capture: str, message: Message) -> None:
        is_text = output == "text"
        text = summarise(message) if is_text else format_ecs(message, sensor, capture).decode()
        print(text, flush=True)

    return print_message


def _open(name: str) -> BinaryIO:
    if name == STANDARD_INPUT and sys.stdin is None:
        raise CaptureError("standard input is closed")
    return sys.stdin.buffer if name == STANDARD_INPUT else Path(name).open("rb")
