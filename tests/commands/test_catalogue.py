"""The catalogue command prints every export format, with site signatures if asked to."""

from pathlib import Path

import pytest

from nmapwatchd import exports
from nmapwatchd.cli import main

Capture = pytest.CaptureFixture[str]

SITE_SIGNATURE = """
[[signature]]
id = "http.site"
title = "A signature of the site"
match = { user_agent.starts = "site-scanner/" }
confidence = "exclusive"
options = ["--script http-*"]
source = "none"
examples = ["site-scanner/1"]
near_misses = ["site/1"]
"""


@pytest.mark.parametrize("output", sorted({*exports.FORMATS} - {"wireshark"}))
def test_every_format_names_the_signatures(output: str, capsys: Capture) -> None:
    assert main(["catalogue", "--output", output]) == 0

    assert "http.nse-user-agent" in capsys.readouterr().out


def test_a_display_filter_has_no_names(capsys: Capture) -> None:
    assert main(["catalogue", "--output", "wireshark"]) == 0

    assert capsys.readouterr().out.startswith("(tcp && ")


def test_site_signatures_are_included(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "http.toml").write_text(SITE_SIGNATURE)
    config = tmp_path / "conf"
    config.write_text(f'signatures = ["{tmp_path}"]\n')

    assert main(["catalogue", "--config", str(config)]) == 0

    assert "http.site" in capsys.readouterr().out


@pytest.mark.parametrize("output", ["table", "json", "markdown"])
def test_what_a_configuration_turns_off_is_marked_with_its_line(
    output: str, tmp_path: Path, capsys: Capture
) -> None:
    config = tmp_path / "nmapwatchd.toml"
    config.write_text('signatures = []\n\ndisable = ["payload.hp-pjl"]\n')

    assert main(["catalogue", "--config", str(config), "--output", output]) == 0

    assert "nmapwatchd.toml:3" in capsys.readouterr().out


def test_rules_have_nothing_that_is_off(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "conf"
    config.write_text(
        f'signatures = ["{tmp_path}"]\ndisable = ["http.nse-user-agent", "http.s?te"]\n'
    )
    (tmp_path / "http.toml").write_text(SITE_SIGNATURE)

    assert main(["catalogue", "--config", str(config), "--output", "suricata"]) == 0

    printed = capsys.readouterr().out
    assert "http.nse-user-agent" not in printed
    assert "http.site" not in printed
