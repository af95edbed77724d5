"""Every lost message is counted in the log, and named if its name is known."""

import pytest

from nmapwatchd.delivery.loss_report import MAXIMUM_NAMES, loss_lines, loss_text


def names(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


def test_a_text_counts_and_names() -> None:
    assert loss_text(2, ["m0", "m1"]) == "2 messages: m0, m1"


def test_a_text_counts_the_messages_it_does_not_name() -> None:
    assert loss_text(5, ["m0", "m1"]) == "5 messages: m0, m1 and 3 more"
    text = loss_text(MAXIMUM_NAMES + 2, names(MAXIMUM_NAMES + 2))
    assert text.endswith(f"m{MAXIMUM_NAMES - 1} and 2 more")


def test_without_losses_there_is_no_line() -> None:
    assert list(loss_lines(0, [])) == []


@pytest.mark.parametrize("known", [0, 1, MAXIMUM_NAMES, MAXIMUM_NAMES + 1, 3 * MAXIMUM_NAMES])
@pytest.mark.parametrize("unknown", [0, 7])
def test_lines_name_every_known_message_and_their_counts_add_up(known: int, unknown: int) -> None:
    lines = list(loss_lines(known + unknown, names(known)))

    counts = [int(line.partition(" ")[0]) for line in lines]
    listed = [
        name
        for line in lines
        for name in line.partition(": ")[2].partition(" and ")[0].split(", ")
        if name
    ]
    assert sum(counts) == known + unknown
    assert listed == names(known)
    assert [line for line in lines[:-1] if " more" in line] == []
