"""The interfaces are those of --interface, else those of the file."""

import argparse
from pathlib import Path

import pytest

from nmapwatchd.commands.config_option import add_config_option
from nmapwatchd.commands.interface_option import (
    add_interface_option,
    capture_settings,
    diagnose_interfaces,
)
from nmapwatchd.config.settings import Settings
from nmapwatchd.errors import OperatorError


def settings(tmp_path: Path, text: str, *arguments: str) -> Settings:
    """Return the settings of a file and some arguments."""
    file = tmp_path / "conf.toml"
    file.write_text(text)
    parser = argparse.ArgumentParser()
    add_interface_option(parser, "capture on")
    add_config_option(parser, "")
    return capture_settings(parser.parse_args(["--config", str(file), *arguments]))


def test_an_interface_on_the_command_line_replaces_the_configured_ones(tmp_path: Path) -> None:
    configured = 'interfaces = ["eth0"]'
    named = ("--interface", "eth1", "--interface=eth2")

    assert settings(tmp_path, configured).interfaces == ("eth0",)
    assert settings(tmp_path, configured, *named).interfaces == ("eth1", "eth2")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("a/b", '--interface: "a/b" is not the name of an interface'),
        ("a" * 16, f'--interface: "{"a" * 16}" is longer than 15 bytes'),
    ],
)
def test_a_name_that_is_none_is_an_error(tmp_path: Path, name: str, error: str) -> None:
    with pytest.raises(OperatorError) as raised:
        settings(tmp_path, "", f"--interface={name}")

    assert str(raised.value) == error


def test_without_an_interface_the_service_cannot_start(tmp_path: Path) -> None:
    (missing,) = diagnose_interfaces(settings(tmp_path, ""))
    (alias,) = diagnose_interfaces(settings(tmp_path, 'interfaces = ["lo:1", "nope0"]'))

    assert str(missing).startswith("interfaces: none configured")
    assert str(alias).startswith("interfaces: lo:1: is an address of lo")
