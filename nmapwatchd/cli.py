"""The command line: run, replay, check, selftest, catalogue, drift."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from nmapwatchd import __version__, drift, exports
from nmapwatchd.capture.capabilities import drop_effective_capabilities
from nmapwatchd.commands import check
from nmapwatchd.commands.replay import Replay, alert_printer
from nmapwatchd.config.reader import DEFAULT_FILE, read_settings
from nmapwatchd.config.settings import Settings
from nmapwatchd.core.counters import Counters
from nmapwatchd.daemon.compiled_config import CompiledConfig, compile_config
from nmapwatchd.daemon.directories import socket_of
from nmapwatchd.daemon.service import Service
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import CaptureError, Diagnostic, OperatorError
from nmapwatchd.selftest.client import SelfTestError, request_selftest
from nmapwatchd.signatures.loader import catalogue_of
from nmapwatchd.telemetry import log

# Exit statuses, part of the contract.
DONE, NOT_READ, MISUSED = 0, 1, 2
DRIFTED = NOT_PROVED = 1

# Seconds that a self-test may take: a collector over TCP is asked after five whether it has read.
SELFTEST_SECONDS = 15.0

_log = structlog.get_logger()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    options = _parser().parse_args(arguments)
    log.set_up(logging.INFO)
    try:
        return int(options.command(options))
    except OperatorError as error:
        for fault in error.faults:
            log.print_error(f"nmapwatchd: {fault}")
        return MISUSED
    except KeyboardInterrupt:
        return 130  # as a shell reports SIGINT
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nmapwatchd",
        description="Names the hosts that run nmap on your network.",
        epilog="Exit status: 0 done; 1 a capture could not be read to its end, check found a "
        "fault, the self-test failed, or nmap has drifted; 2 usage or configuration.",
    )
    parser.add_argument("--version", action="version", version=f"nmapwatchd {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="watch interfaces, as a service does")
    run.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="NAME",
        help="watch this one instead of the configured ones; may be repeated",
    )
    run.add_argument(
        "--output", choices=("text", "json"), help="say alerts on standard output as well"
    )
    run.set_defaults(command=_run)

    replay = commands.add_parser("replay", help="look at capture files on the same path")
    replay.add_argument("--output", choices=("text", "json"), default="text")
    replay.add_argument("files", nargs="+", metavar="FILE", help="a capture; - is standard input")
    replay.set_defaults(command=_replay)

    check_ = commands.add_parser("check", help="validate the configuration, compile every filter")
    check_.set_defaults(command=_check)

    tested = commands.add_parser(
        "selftest", help="prove that a running service sees the wire and reaches every sink"
    )
    tested.add_argument(
        "--seconds", type=float, default=SELFTEST_SECONDS, metavar="NUMBER",
        help=f"how long it may take; default: {SELFTEST_SECONDS:.0f}",
    )  # fmt: skip
    tested.set_defaults(command=_selftest)

    for command in (run, replay, check_, tested):
        command.add_argument(
            "--config", type=Path, metavar="FILE", help=f"default: {DEFAULT_FILE}, where it exists"
        )

    catalogue = commands.add_parser("catalogue", help="say what is known, or export it")
    catalogue.add_argument("--output", choices=exports.FORMATS, default="table")
    catalogue.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="show the site's signatures of this configuration as well",
    )
    catalogue.set_defaults(command=_catalogue)

    drifted = commands.add_parser("drift", help="compare the catalogue with an installed nmap")
    drifted.add_argument("--output", choices=drift.FORMATS, default="table")
    drifted.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="compare the site's signatures of this configuration as well",
    )
    drifted.add_argument(
        "directory", type=Path, metavar="NMAP_DATA_DIRECTORY", help="such as /usr/share/nmap"
    )
    drifted.set_defaults(command=_drift)
    return parser  # fmt: skip


def _settings(file: Path | None) -> Settings:
    """Read the file that was named; else the default one where it exists; else defaults."""
    if file is not None:
        return read_settings(file)
    return read_settings(DEFAULT_FILE) if DEFAULT_FILE.exists() else Settings()


def _run(options: argparse.Namespace) -> int:
    def read_config() -> CompiledConfig:
        settings = _settings(options.config)
        if options.interface:
            settings = settings.model_copy(update={"interfaces": tuple(options.interface)})
        if not settings.interfaces:
            raise OperatorError(
                Diagnostic(
                    "interfaces", "none is configured; name one in the file or by --interface"
                )
            )
        return compile_config(settings, catalogue_of(settings.signatures))

    config = read_config()
    drop_effective_capabilities()
    with Delivery(config.settings.sink, options.output, config.settings.spool) as delivery:
        asyncio.run(Service(config, read_config, delivery).run())
    return DONE


def _replay(options: argparse.Namespace) -> int:
    settings = Settings() if options.config is None else read_settings(options.config)
    sites = () if options.config is None else settings.signatures
    replay = Replay(catalogue_of(sites), settings.allowlist, settings.policy)
    say = alert_printer(options.output)

    async def replay_all() -> int:
        status = DONE
        for name in options.files:
            counters = Counters()
            fault = ""
            try:
                async for alert in replay.alerts(name, counters):
                    say(name, alert)
            except CaptureError as error:
                fault = str(error)
            counts = {key: count for key, count in counters.counts().items() if count}
            if fault:
                _log.error("not read to its end", capture=name, error=fault, **counts)
                status = NOT_READ
            else:
                _log.info("replayed", capture=name, **counts)
        return status

    try:
        return asyncio.run(replay_all())
    finally:
        replay.close()


def _check(options: argparse.Namespace) -> int:
    try:
        settings = _settings(options.config)
        said = asyncio.run(check.check(settings))
    except OperatorError as error:
        for fault in error.faults:
            log.print_error(str(fault))
        return NOT_READ
    for line in said:
        print(line)
    return DONE


def _selftest(options: argparse.Namespace) -> int:
    status = DONE
    try:
        for part in request_selftest(
            socket_of(_settings(options.config).runtime_directory), options.seconds
        ):
            if part.fault:
                log.print_error(f"nmapwatchd: {part.name}: {part.fault}")
                status = NOT_PROVED
            else:
                print(f"{part.name}: after {part.seconds:.2f} s")
    except SelfTestError as error:
        log.print_error(f"nmapwatchd: {error}")
        status = NOT_PROVED
    return status


def _catalogue(options: argparse.Namespace) -> int:
    sites = () if options.config is None else read_settings(options.config).signatures
    print(exports.write(catalogue_of(sites), options.output), end="")
    return DONE


def _drift(options: argparse.Namespace) -> int:
    sites = () if options.config is None else read_settings(options.config).signatures
    found = drift.compare(catalogue_of(sites), drift.DataDirectory(options.directory))
    print(drift.write(found, options.output), end="")
    return DRIFTED if found.drifted else DONE
