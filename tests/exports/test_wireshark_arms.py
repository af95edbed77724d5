import re

from nmapwatchd.exports.wireshark_arms import Arm, arranged

PAYLOAD = "tcp.payload"


def arm(text: str, *first: int) -> Arm:
    return Arm(text, frozenset(first))


def test_few_arms_are_evaluated_in_turn() -> None:
    assert arranged([arm("a", 1), arm("b", 2)], PAYLOAD) == "(a) || (b)"


def test_arms_are_halved_by_the_first_byte() -> None:
    assert arranged([arm("a", 1), arm("b", 2), arm("c", 3)], PAYLOAD) == (
        '(tcp.payload[0:1] < "\\x02" && ((a))) || (tcp.payload[0:1] >= "\\x02" && ((b) || (c)))'
    )


def test_an_arm_on_both_sides_is_evaluated_for_every_message() -> None:
    text = arranged([arm("a", 1), arm("b", 2), arm("c", 3), arm("d", 0, 9)], PAYLOAD)

    assert text.startswith("(d) || (tcp.payload[0:1] <")


def test_arms_that_cannot_be_halved_are_evaluated_in_turn() -> None:
    assert arranged([arm(name, 7) for name in "abcd"], PAYLOAD) == "(a) || (b) || (c) || (d)"


def accepts(text: str, first: int) -> bool:
    """Evaluate a filter whose arms are true for one first byte, written in decimal."""
    text = re.sub(r'tcp\.payload\[0:1\] (<|>=) "\\x(..)"', rf"{first} \1 0x\2", text)
    text = re.sub(r"\(is(\d+)\)", rf"({first} == \1)", text)
    return bool(eval(text.replace("||", "or").replace("&&", "and")))  # noqa: S307 - text of this test


def test_every_arm_is_reached_by_its_first_byte() -> None:
    known = [0, 1, 7, 8, 9, 64, 127, 128, 200, 254, 255]
    text = arranged([arm(f"is{byte}", byte) for byte in known], PAYLOAD)

    assert [byte for byte in range(256) if accepts(text, byte)] == known
