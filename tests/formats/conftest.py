"""Fixtures of the formats' tests."""

import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def local_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make UTC the local time zone; a test may set another."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    monkeypatch.undo()
    time.tzset()
