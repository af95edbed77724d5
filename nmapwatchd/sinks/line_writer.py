"""Write whole lines to a file descriptor."""

import contextlib
import os


class LineWriter:
    """
    Appends lines to a descriptor; a partial line never corrupts the next one.

    Args:
        descriptor: open for writing; closed by its owner.
        is_partial: whether the last line lacks its newline.
        can_truncate: whether the part of a line that was written may be removed after an error.
    """

    def __init__(
        self, descriptor: int, *, is_partial: bool = False, can_truncate: bool = False
    ) -> None:
        self._descriptor, self._can_truncate = descriptor, can_truncate
        self._is_partial = is_partial

    def write(self, line: bytes) -> None:
        """
        Write a line and its newline completely, or undo it.

        Raises:
            OSError: it was not written completely.
        """
        # A partial line stays, terminated, as a line of its own.
        data = (b"\n" if self._is_partial else b"") + line + b"\n"
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            self._undo(written)
            raise
        self._is_partial = False

    def _undo(self, written: int) -> None:
        """Remove the part of a line that was written, if possible."""
        if not written:
            return
        was_partial, self._is_partial = self._is_partial, True
        if self._can_truncate:
            with contextlib.suppress(OSError):  # then it stays as a partial line
                size = os.fstat(self._descriptor).st_size
                os.ftruncate(self._descriptor, size - written)
                self._is_partial = was_partial
