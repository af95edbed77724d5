"""What the live tests share: one lab and one journal."""

from collections.abc import Iterator

import pytest

from tests.live.journal import Journal, journal
from tests.live.lab.network import Network, laid


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A scanner, a client and a target."""
    with laid() as found:
        yield found


@pytest.fixture(scope="session")
def journald() -> Iterator[Journal]:
    """A real journald."""
    with journal() as found:
        yield found
