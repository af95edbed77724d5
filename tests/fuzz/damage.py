"""Damaged inputs for fuzzing: valid bytes with random changes."""

from collections.abc import Sequence

from hypothesis import strategies as st

# Bytes with a meaning in one of the formats.
_SPECIAL = b"\x00\xff\n\t\"'[]{}=.,:#|\\ \x1f\x7f" + bytes(range(48, 58)) + b"aeginstx"
_PIECES = st.one_of(
    st.binary(max_size=4),
    st.lists(st.sampled_from(_SPECIAL), min_size=1, max_size=8).map(bytes),
    st.sampled_from([b"[" * 2000, b"9" * 5000, b"a" * 70_000, b"\xed\xa0\x80", b"\r\n", b"inf"]),
)


@st.composite
def damaged(draw: st.DrawFn, whole: Sequence[bytes], most: int = 4) -> bytes:
    """Draw an example with up to `most` parts replaced, inserted or removed."""
    data = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(data)))
        until = draw(st.sampled_from([at, at + 1, at + 4, len(data)]))
        data = data[:at] + draw(_PIECES) + data[until:]
    return data
