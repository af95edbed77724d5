"""Print the signatures, as a table or in an export format."""

import argparse

from nmapwatchd import exports
from nmapwatchd.commands.config_option import add_config_option, site_signatures
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.signatures.loader import catalogue_of

HELP = "print or export the signatures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--output", choices=exports.FORMATS, default="table")
    add_config_option(parser, "include the site signatures of this configuration")


def run(options: argparse.Namespace) -> int:
    """Print the catalogue."""
    catalogue = catalogue_of(site_signatures(options.config))
    print(exports.write(catalogue, options.output), end="")
    return ExitStatus.DONE
