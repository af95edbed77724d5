"""The option --config, and what each command reads if it is missing."""

import argparse
from pathlib import Path

from nmapwatchd.config.reader import DEFAULT_FILE, read_settings
from nmapwatchd.config.settings import Settings
from nmapwatchd.signatures.loader import LoadedSignatures, valid_signatures


def add_config_option(parser: argparse.ArgumentParser, description: str) -> None:
    """Add --config to a command."""
    parser.add_argument("--config", type=Path, metavar="FILE", help=description)


def service_settings(file: Path | None) -> Settings:
    """Read the named file, else the default file if it exists; else return the defaults."""
    if file is not None:
        return read_settings(file)
    try:
        DEFAULT_FILE.stat()
    except FileNotFoundError:
        return Settings()
    except OSError:
        pass  # it may exist: reading it reports why it cannot be read
    return read_settings(DEFAULT_FILE)


def named_settings(file: Path | None) -> Settings:
    """Read the named file; without one return the defaults, with the bundled signatures only."""
    return Settings(signatures=()) if file is None else read_settings(file)


def configured_signatures(file: Path | None) -> LoadedSignatures:
    """
    Read the signatures that the named file configures; the bundled ones without a file.

    Raises:
        OperatorError: the file, or a signature, is invalid.
    """
    settings = named_settings(file)
    return valid_signatures(settings.signatures, settings.adjustments)
