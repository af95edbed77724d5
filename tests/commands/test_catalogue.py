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
