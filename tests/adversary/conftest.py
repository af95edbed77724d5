"""What every adversarial test has in common."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_of_each_test() -> Iterator[None]:
    """Undo what the program under test configured of its log, for the tests that follow."""
    yield
    structlog.reset_defaults()
