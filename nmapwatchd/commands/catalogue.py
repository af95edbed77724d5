"""Print the signatures, as a table or in an export format."""

import argparse

from nmapwatchd import exports
from nmapwatchd.commands.config_option import add_config_option, configured_signatures
from nmapwatchd.commands.exit_status import ExitStatus

HELP = "print or export the signatures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--output", choices=exports.FORMATS, default="table")
    add_config_option(
        parser, "use the site signatures of this configuration, and show what it changes"
    )


def run(options: argparse.Namespace) -> int:
    """Print the catalogue."""
    loaded = configured_signatures(options.config)
    print(exports.write(loaded.everything, options.output, loaded.changes), end="")
    return ExitStatus.DONE
