"""List the authorised scanners, test what they cover, or propose one for a regular scanner."""

import argparse
import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmapwatchd.commands.config_option import add_config_option, service_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.message_history import History
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.config.settings import Settings, mac_address
from nmapwatchd.config.sinks import STANDARD_OUTPUT, JsonlSettings
from nmapwatchd.core.attribution.allowlist import Hit
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.escape import printable
from nmapwatchd.reports.authorisation_list import listing, trial
from nmapwatchd.reports.authorisation_suggestion import Suggestions
from nmapwatchd.telemetry import log
from nmapwatchd.telemetry.authorisation_usage import UsageError, read_usage, usage_file

HELP = "list the authorised scanners; test what they cover; propose one for a regular scanner"

# Days of messages that are searched by default: a weekly scan is in them five times.
_DAYS = 35
_MAXIMUM_DAYS = 366
_LOCAL_ZONE = Path("/etc/localtime")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config_option(parser, f"configuration; default: {DEFAULT_FILE}, if it exists")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="list the entries, their last use and their end (the default)")
    test = actions.add_parser("test", help="print which entry covers a scan, or why none does")
    test.add_argument("source", type=_address, metavar="ADDRESS", help="of the scanner")
    test.add_argument(
        "--at", type=_time, metavar="TIME",
        help="2027-01-03T02:30, local unless it has an offset; default: now",
    )  # fmt: skip
    test.add_argument(
        "--mac", type=_mac, metavar="ADDRESS",
        help="the scanner's own; '' if it is not known, as behind a router",
    )  # fmt: skip
    test.add_argument("--target", type=_address, metavar="ADDRESS", help="what is scanned")
    test.add_argument("--signature", metavar="ID", help="what is sighted")
    suggest = actions.add_parser(
        "suggest", help="propose entries for what has been scanning regularly"
    )
    suggest.add_argument(
        "--days", type=_days, default=_DAYS, metavar="NUMBER",
        help=f"of messages to read, 1 to {_MAXIMUM_DAYS}; default: {_DAYS}",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """List, test or suggest; a scan that is not covered fails."""
    settings = service_settings(options.config)
    match options.action:
        case "test":
            return _test(options, settings)
        case "suggest":
            return _suggest(options, settings)
        case _:
            return _list(settings)


def _list(settings: Settings) -> int:
    authorisations = settings.allowlist.authorisations
    if not authorisations:
        print("no scanner is authorised")
        return ExitStatus.DONE
    file = usage_file(settings.spool.directory)
    try:
        usages = read_usage(file)
    except UsageError as error:
        usages = None
        log.print_warning(f"warning: {file}: {error}; when entries were used is not known")
    print(listing(authorisations, usages, datetime.now(UTC)), end="")
    return ExitStatus.DONE


def _test(options: argparse.Namespace, settings: Settings) -> int:
    moment = options.at or datetime.now(UTC)
    at = int(moment.timestamp()) * SECOND
    hit = Hit(options.source, at, options.mac, options.target, options.signature)
    is_covered, text = trial(settings.allowlist, hit)
    print(text, end="")
    return ExitStatus.DONE if is_covered else ExitStatus.FAILED


def _suggest(options: argparse.Namespace, settings: Settings) -> int:
    history = History(datetime.now(UTC) - timedelta(days=options.days))
    suggestions = Suggestions(_zone())
    files = [
        Path(sink.path)
        for sink in settings.sink
        if isinstance(sink, JsonlSettings) and sink.path != STANDARD_OUTPUT
    ]
    for message in history.messages(files):
        suggestions.add(message)
    found = suggestions.regular(settings.allowlist)
    print("\n".join(map(suggestions.entry, found)), end="")
    left_out = {
        "scanned, but not regularly": suggestions.irregular,
        "were too many to be tracked": suggestions.evicted,
    }
    notes = [f"others that {why}: {number}" for why, number in left_out.items() if number]
    if suggestions.with_decoys:
        notes.append(f"messages with decoys, left out: {suggestions.with_decoys}")
    count = "1 entry" if len(found) == 1 else f"{len(found)} entries"
    places = ", ".join(history.places)
    text = f"{count} proposed, for a person to check, from {places}"
    log.print_error("; ".join([text, *notes]))
    return ExitStatus.DONE


def _zone() -> ZoneInfo:
    """Return this machine's time zone; UTC if it has no name."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        name = str(_LOCAL_ZONE.resolve()).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{printable(text)}" is not an IP address') from None


def _mac(text: str) -> str:
    try:
        return mac_address(text) if text else ""
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        shown = printable(text)
        raise argparse.ArgumentTypeError(
            f'"{shown}" is not a time such as 2027-01-03T02:30'
        ) from None


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= _MAXIMUM_DAYS:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {_MAXIMUM_DAYS}")
    return int(text)
