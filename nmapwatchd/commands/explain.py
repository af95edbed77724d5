"""Explain one message: what was seen, what else might send it, and what to do next."""

import argparse
import re
import sys
from pathlib import Path
from typing import IO

from nmapwatchd.commands.config_option import add_config_option, service_settings
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.commands.message_lookup import Lookup
from nmapwatchd.config.reader import DEFAULT_FILE
from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import STANDARD_OUTPUT, JsonlSettings
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.formats.escape import printable
from nmapwatchd.reports.explain import explain_message
from nmapwatchd.reports.explanation_json import as_json
from nmapwatchd.reports.explanation_text import as_text
from nmapwatchd.reports.record import (
    MAXIMUM_MESSAGE,
    MessageRecord,
    NotAMessageError,
    read_message,
)
from nmapwatchd.signatures.loader import load_signatures
from nmapwatchd.telemetry import log

HELP = "explain an alert, what else might send it, and what to do next"

STANDARD_INPUT = "-"
_ID = re.compile("[0-9a-fA-F]{32}")
# Characters of an argument that an error quotes.
_MAXIMUM_QUOTE = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--output", choices=("text", "json"), default="text")
    add_config_option(
        parser,
        f"its sinks are searched, its signatures used; default: {DEFAULT_FILE}, if it exists",
    )
    parser.add_argument(
        "alert",
        metavar="ALERT",
        help="a message as JSON, or - to read it from standard input; a file with one; or an "
        "event.id or nmapwatchd.scan.id, which is looked up in the files of the jsonl sinks and in "
        "the journal (of a scan, its last message)",
    )


def run(options: argparse.Namespace) -> int:
    """Explain the message; an id that is not found fails."""
    settings = service_settings(options.config)
    found_in = ""
    if _ID.fullmatch(options.alert):
        lookup = Lookup(options.alert.lower())
        found = lookup.in_files(_files(settings)) or lookup.in_journal()
        if found is None:
            places = ", ".join(lookup.places)
            log.print_error(f"nmapwatchd: no message or scan {lookup.id} in {places}")
            return ExitStatus.FAILED
        record, found_in = found
    else:
        record = _given(options.alert)
    loaded = load_signatures(settings.signatures, settings.adjustments)
    explanation = explain_message(record, loaded.everything, loaded.changes, settings.policy)
    write = as_json if options.output == "json" else as_text
    print(write(explanation, found_in), end="")
    return ExitStatus.DONE


def _files(settings: Settings) -> list[Path]:
    """Return the files of the configured sinks."""
    return [
        Path(sink.path)
        for sink in settings.sink
        if isinstance(sink, JsonlSettings) and sink.path != STANDARD_OUTPUT
    ]


def _given(argument: str) -> MessageRecord:
    """
    Return the message that an argument is, or names.

    Raises:
        OperatorError: it is none.
    """
    if argument.lstrip().startswith(("{", "[")):
        place, data = "argument", argument.encode("utf-8", "surrogateescape")
    elif argument == STANDARD_INPUT:
        if sys.stdin is None:
            raise OperatorError(Diagnostic("standard input", "is closed"))
        place, data = "standard input", _read(sys.stdin.buffer)
    else:
        place = printable(argument, _MAXIMUM_QUOTE)
        try:
            with Path(argument).open("rb") as file:
                data = _read(file)
        except FileNotFoundError as error:
            message = "is no message as JSON, no id of 32 hexadecimal digits, and no file"
            raise OperatorError(Diagnostic(place, message)) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "is not the path of a file"
            raise OperatorError(Diagnostic(place, reason)) from error
    try:
        return read_message(data)
    except NotAMessageError as error:
        raise OperatorError(Diagnostic(place, str(error))) from error


def _read(file: IO[bytes]) -> bytes:
    return file.read(MAXIMUM_MESSAGE + 1)
