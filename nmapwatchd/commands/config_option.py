"""The option --config, and what each command reads if it is missing."""

import argparse
from pathlib import Path

from nmapwatchd.config.reader import DEFAULT_FILE, read_settings
from nmapwatchd.config.settings import Settings


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


def site_signatures(file: Path | None) -> tuple[Path, ...]:
    """Return the signature directories that the named file configures; none without a file."""
    return () if file is None else read_settings(file).signatures
