"""While tshark is replaced repeatedly, nothing is lost, duplicated or left over."""

import tempfile
from pathlib import Path
from statistics import median

import pytest

from tests.soak import live
from tests.soak.samples import MEBIBYTE

pytestmark = pytest.mark.live

# Seconds; `python -m tests.soak` runs for minutes or hours.
SHORT = 20.0


def test_a_planned_replacement_loses_and_duplicates_nothing() -> None:
    # tshark, which runs as another user, cannot access pytest's own folder.
    with tempfile.TemporaryDirectory(prefix="nmapwatchd-soak-") as folder:
        soaked = live.soak(
            Path(folder), SHORT, MEBIBYTE, load_rate=500, request_rate=20, sample_seconds=1.0
        )

    replaced = soaked.samples[-1].replaced
    print(f"{soaked.samples[-1].candidates} candidates, tshark replaced {replaced} times")
    assert soaked.counts["kernel_drops"] == 0
    assert [source for source in soaked.sources if soaked.sightings[source] != 1] == []
    assert replaced >= 3
    # Between two replacements there are the service and one pipeline.
    assert min(sample.processes for sample in soaked.samples[-10:]) == 3
    handles = [sample.handles for sample in soaked.samples[2:]]  # those before, while it starts
    assert min(handles[-8:]) <= median(handles[:8])
    assert {sample.temporary for sample in soaked.samples} == {soaked.samples[0].temporary}
