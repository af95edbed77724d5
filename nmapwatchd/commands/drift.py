"""Compare the signatures with the data files of an installed nmap."""

import argparse
from pathlib import Path

from nmapwatchd import drift
from nmapwatchd.commands.config_option import add_config_option, configured_signatures
from nmapwatchd.commands.exit_status import ExitStatus

HELP = "compare the signatures with the data files of an installed nmap"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--output", choices=drift.FORMATS, default="table")
    add_config_option(parser, "use the site signatures and the tuning of this configuration")
    parser.add_argument(
        "directory", type=Path, metavar="NMAP_DATA_DIRECTORY", help="such as /usr/share/nmap"
    )


def run(options: argparse.Namespace) -> int:
    """Print what differs."""
    catalogue = configured_signatures(options.config).catalogue
    result = drift.compare(catalogue, drift.DataDirectory(options.directory))
    print(drift.write(result, options.output), end="")
    return ExitStatus.FAILED if result.drifted else ExitStatus.DONE
