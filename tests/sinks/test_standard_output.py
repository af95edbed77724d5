"""Messages are printed immediately, and standard output stays open."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nmapwatchd.formats.ecs import document
from nmapwatchd.formats.summary import format_summary
from nmapwatchd.sinks import standard_output as module
from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.standard_output import StandardOutputSink
from tests.formats.messages import OPENED, SENSOR

# For the program below, so that it finds its imports.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
_PRINT = """
from nmapwatchd.config.sinks import JsonlSettings
from tests.formats.messages import OPENED, SENSOR
sink = JsonlSettings(path="-").build(SENSOR)
sink.open()
sink.send(OPENED)
sink.close()
sink.send(OPENED)
"""


def test_a_dash_is_standard_output_which_stays_open() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT],
        check=True, capture_output=True, text=True, env=ENVIRONMENT,
    ).stdout  # fmt: skip

    assert [json.loads(line) for line in printed.splitlines()] == [document(OPENED, SENSOR)] * 2


def test_text_is_a_line_of_the_summary(capfd: pytest.CaptureFixture[str]) -> None:
    sink = StandardOutputSink("text", SENSOR, format_summary)

    sink.open()
    sink.send(OPENED)

    assert capfd.readouterr().out == format_summary(OPENED, SENSOR).decode() + "\n"
    assert sink.name == "text"


def test_an_output_without_a_reader_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(module, "_DESCRIPTOR", writer)
    sink = StandardOutputSink("text", SENSOR, format_summary)

    with pytest.raises(SinkError, match=r"^text: Broken pipe$"):
        sink.send(OPENED)
    os.close(writer)
