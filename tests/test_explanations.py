"""The options in alerts, compared with the commands of nmap that the goldens record."""

import sys

import pytest

from tests.explanations import OPTIONS, Ran, Table, commands_of, table
from tests.golden import goldens, replayed

# Shares of the scans: what an alert says of a command is to be relied on.
MAXIMUM_FALSE = 0.05
MINIMUM_RECALL = 0.85
MINIMUM_TRUE_SCRIPTS = 0.9
MINIMUM_NAMED = 0.6


@pytest.fixture(scope="module")
def found() -> Table:
    """The table of all goldens of nmap."""
    captures = [*goldens("nmap"), *goldens("edited")]
    commands = commands_of(captures)
    result = table(replayed(one for one in captures if one.name in commands), commands)
    sys.stdout.write("\n".join(["", *result.lines(), ""]))
    return result


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_did_not_run_is_hardly_ever_claimed(option: str, found: Table) -> None:
    tally = found.options[option]

    assert len(tally.other) > 100
    assert tally.false_share <= MAXIMUM_FALSE, tally.false


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_ran_is_claimed(option: str, found: Table) -> None:
    tally = found.options[option]

    assert len(tally.ran) >= 10
    assert tally.recall >= MINIMUM_RECALL, set(tally.ran) - set(tally.claimed)


def test_a_script_that_is_claimed_ran(found: Table) -> None:
    assert found.scripts_true > 100
    assert found.script_precision >= MINIMUM_TRUE_SCRIPTS, found.scripts_false


def test_a_script_that_ran_is_named(found: Table) -> None:
    assert found.named.recall >= MINIMUM_NAMED


def test_all_that_is_said_to_scan_everything_runs_what_it_stands_for() -> None:
    ran = Ran.of(["nmap", "-A", "10.0.0.8"])

    assert ran.options >= {"-sV", "-sC", "-O", "-sS"}
    assert ran.ran("ssh-hostkey")
    assert not ran.ran("ssh-brute")


def test_a_script_option_replaces_the_default_scripts() -> None:
    assert "-sC" not in Ran.of(["nmap", "-sC", "--script", "ssh-brute", "10.0.0.8"]).options
    assert "-sC" in Ran.of(["nmap", "--script", "default,ssh-brute", "10.0.0.8"]).options


def test_what_scans_otherwise_sends_no_syns() -> None:
    assert "-sS" not in Ran.of(["nmap", "-sT", "-sV", "10.0.0.8"]).options
    assert "-sS" not in Ran.of(["nmap", "-sn", "10.0.0.8"]).options
    assert {"-sS", "-sU"} <= Ran.of(["nmap", "-sSU", "10.0.0.8"]).options
