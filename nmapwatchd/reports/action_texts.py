"""What each action means and what to do: the texts of the journal catalogue."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# The file that is installed for `journalctl -x`.
_FILE = "nmapwatchd.catalog"
# A field of the entry that systemd replaces by its value, and one that the text only names.
_FIELD = re.compile(r"@NMAPWATCHD_(?P<quoted>[A-Z_]+)@|\(NMAPWATCHD_(?P<named>[A-Z_]+)\)")


@dataclass(frozen=True, slots=True)
class ActionText:
    """
    The explanation of one action.

    Args:
        paragraphs: what it means, then what to do; each without line ends, except for a table.
    """

    paragraphs: tuple[str, ...]

    def filled(self, value_of: Callable[[str], str]) -> tuple[str, ...]:
        """
        Return the paragraphs with the values of a message.

        Args:
            value_of: returns the value of a flat field, by its name; '' if the message has none.
        """

        def value(found: re.Match[str]) -> str:
            if found["quoted"]:
                return value_of(found["quoted"].lower()) or "(not given)"
            listed = value_of(found["named"].lower())
            return f"({listed})" if listed else found[0]

        return tuple(_FIELD.sub(value, paragraph) for paragraph in self.paragraphs)


@cache
def action_texts() -> Mapping[str, ActionText]:
    """Return the texts by MESSAGE_ID."""
    text = files("nmapwatchd.reports").joinpath(_FILE).read_text(encoding="utf-8")
    found = {}
    for section in text.split("\n-- ")[1:]:
        head, *paragraphs = section.strip().split("\n\n")
        message_id = head.partition("\n")[0]
        found[message_id] = ActionText(tuple(map(_unwrapped, paragraphs)))
    return found


def _unwrapped(paragraph: str) -> str:
    """Join the lines of a paragraph; the rows of a table have two columns and stay lines."""
    lines = paragraph.split("\n")
    is_table = len(lines) > 1 and all("  " in line for line in lines)
    return "\n".join(lines) if is_table else " ".join(lines)
