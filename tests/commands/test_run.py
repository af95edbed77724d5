"""What `run` reads before it captures; the rest is a subject of the live tests."""

import argparse
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.commands import run


def options(*arguments: str) -> argparse.Namespace:
    """Return the parsed arguments of `run`."""
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return parser.parse_args(arguments)


def test_an_interface_on_the_command_line_replaces_the_configured_ones(tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('interfaces = ["eth0"]\nsignatures = []\n')

    configured = run._compiled_config(options("--config", str(file)))
    named = run._compiled_config(
        options("--config", str(file), "--interface", "eth1", "--interface", "eth2")
    )

    assert configured.settings.interfaces == ("eth0",)
    assert named.settings.interfaces == ("eth1", "eth2")


def test_no_interface_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "conf.toml"
    file.write_text("signatures = []\n")

    assert main(["run", "--config", str(file)]) == 2

    assert capsys.readouterr().err == (
        "nmapwatchd: interfaces: none configured; set them in the file or by --interface\n"
    )
