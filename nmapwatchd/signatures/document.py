"""The text of a signature file, in which an error is located."""

import re

# The head of a table, and a key that begins a line, as they are usually written.
_HEAD = re.compile(r"\s*\[\[?\s*([A-Za-z][\w.-]*)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*[=.]")

# The tables of a file.
DEFAULTS = "defaults"
SIGNATURE = "signature"


class Document:
    """
    The text of a signature file, in which an error is located.

    Args:
        name: the file's name.
        text: its content.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = text.split("\n")
        heads = [_HEAD.match(line) for line in self._lines]
        self._heads = [(n, head[1]) for n, head in enumerate(heads) if head is not None]

    def location(self, number: int, path: tuple[str, ...] = ()) -> str:
        """
        Return the file and the line of a key, or of the closest thing around it that is found.

        Args:
            number: which of the file's rows the key is in, from 0.
            path: the keys that lead to it, the outermost first; if the first one is `defaults`,
                the row does not matter.
        """
        if path[:1] == (DEFAULTS,):
            keys = path[1:]
            start, end = self._table(DEFAULTS, 0)
        else:
            keys = path
            start, end = self._table(SIGNATURE, number)
        for depth, key in enumerate(keys):
            found = self._key(key, start, end) if depth == 0 else self._word(key, start, end)
            if found is None:
                break
            start, end = found
        return f"{self.name}:{start + 1}"

    def table_location(self, name: str) -> str:
        """Return the file and the line of the first table of that name."""
        return f"{self.name}:{self._table(name, 0)[0] + 1}"

    def _table(self, name: str, number: int) -> tuple[int, int]:
        """Return the first line of a table, and the line after its last."""
        starts = [line for line, head in self._heads if head == name]
        if number >= len(starts):  # written as a key of the file, not as a table
            return self._key(name, 0, len(self._lines)) or (0, len(self._lines))
        start = starts[number]
        ends = (n for n, head in self._heads if n > start and not head.startswith(f"{name}."))
        return start, next(ends, len(self._lines))

    def _key(self, key: str, start: int, end: int) -> tuple[int, int] | None:
        """Return the lines of a key of a table, its value included."""
        for number in range(start, end):
            head, found = _HEAD.match(self._lines[number]), _KEY.match(self._lines[number])
            if head is not None and head[1].rpartition(".")[2] == key:
                return number, end
            if found is not None and found[1] == key:
                after = range(number + 1, end)
                return number, next((n for n in after if _KEY.match(self._lines[n])), end)
        return None

    def _word(self, word: str, start: int, end: int) -> tuple[int, int] | None:
        """Return the first line with a word, and the given end."""
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        lines = (n for n in range(start, end) if whole.search(self._lines[n]))
        return next(((number, end) for number in lines), None)
