"""The limit of open files is raised if it may be, and otherwise an error."""

import resource

import pytest

from nmapwatchd.commands.open_files import require_open_files
from nmapwatchd.errors import OperatorError

INFINITY = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits, soft and hard; the last one is in force."""
    found = [(1024, INFINITY)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: found[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: found.append(limit))
    return found


def test_a_sufficient_limit_stays(limits: list[tuple[int, int]]) -> None:
    for soft in (1024, INFINITY):
        limits[:] = [(soft, INFINITY)]
        require_open_files(8)

        assert limits == [(soft, INFINITY)]


@pytest.mark.parametrize("hard", [96, INFINITY])
def test_a_low_limit_is_raised_if_it_may_be(limits: list[tuple[int, int]], hard: int) -> None:
    limits[:] = [(12, hard)]

    require_open_files(2)

    assert limits[-1] == (96, hard)


@pytest.mark.parametrize(("hard", "interfaces"), [(63, 0), (79, 1)])
def test_a_limit_that_may_not_be_raised_is_an_error(
    limits: list[tuple[int, int]], hard: int, interfaces: int
) -> None:
    limits[:] = [(hard, hard)]

    with pytest.raises(OperatorError, match=f"^open files: the limit of {hard} is too low"):
        require_open_files(interfaces)


def test_a_sandbox_that_forbids_it_is_an_error(
    limits: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    limits[:] = [(12, INFINITY)]

    with pytest.raises(OperatorError, match=r"^open files: the limit of 12 is too low, 64"):
        require_open_files()
