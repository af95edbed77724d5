"""Invariant: a signature file yields rows that compile, or diagnostics; it never raises."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.reader import read_signatures
from nmapwatchd.signatures.rows import Defaults, Row
from tests.fuzz.damage import damaged
from tests.signatures.site import ROW

SEVERAL = b"""\
[defaults]
match = { source_port.is = 7, size.at_most = 99 }
tool  = "audit"
since = "7.80"

[[signature]]
id         = "http.several"
title      = "Several"
match      = { method.is = ["GET", "X"], any = [ { user_agent.matches = "a+$" }, { payload.contains = "|00|a" } ] }
confidence = "weak"
options    = ["-sV", "--script a"]
source     = "a.lua"
examples    = [ { method = "GET", user_agent = "aa" } ]
near_misses = [ { method = "PUT", user_agent = "aa" } ]
correlate   = { group_by = "method", count_distinct = ["user_agent"], count = 3 }
source_strings = ["abc"]

[[signature]]
id         = "udp.numbers"
title      = "Numbers"
match      = { size.is = 0x10, payload.starts = "ab", destination_port.is = [1, 2] }
confidence = "strong"
options    = ["-sU"]
source     = "b.lua"
examples    = [ { size = 16, payload = "abc", destination_port = 1 } ]
near_misses = [ { size = 16, payload = "abc", destination_port = 3 } ]
"""  # noqa: E501 - as one writes it
_VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=4)
    | st.sampled_from(["a|00|", "(", "[a", "(a+)+$", "|", "GET", "|zz|", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "is", "is_not", "matches", "contains", "starts", "at_least", "at_most", "any",
            "payload", "method", "size", "destination_port", "bytes_4_8", "x",
        ]),
        inner, max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


class _Text:
    """A file that holds some bytes."""

    name = "site.toml"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_text(self, encoding: str) -> str:
        return self._data.decode(encoding)


def compiled(data: bytes) -> list[str]:
    """Read and compile a file's rows; return its errors."""
    located, diagnostics = read_signatures(_Text(data))  # type: ignore[arg-type]
    rows = {row.id: row for _, row in located}
    errors = list(map(str, diagnostics))
    try:
        compile_filters(Catalogue.of(MATCHERS.values(), rows.values()))
    except OperatorError as error:
        errors.append(str(error))
    return errors


@given(damaged([ROW.encode(), SEVERAL]))
def test_any_file_is_read_or_its_errors_are_reported(data: bytes) -> None:
    compiled(data)


@given(
    st.dictionaries(st.sampled_from(list(Row.model_fields)), _VALUES, max_size=4),
    st.none() | st.dictionaries(st.sampled_from(list(Defaults.model_fields)), _VALUES, max_size=2),
    st.sampled_from(["http", "udp", "payload", "tls"]),
)
def test_any_values_of_a_row_are_accepted_or_refused(
    values: dict[str, Any], defaults: dict[str, Any] | None, matcher: str
) -> None:
    row = {
        "id": f"{matcher}.x", "title": "x", "match": {"payload": {"is": "x"}},
        "confidence": "weak", "options": ["x"], "source": "x",
        "examples": ["x"], "near_misses": ["y"],
        **values,
    }  # fmt: skip

    document = {"defaults": defaults or {}, "signature": [row]}

    compiled(_toml(document).encode("utf-8", "replace"))


def _toml(value: Any) -> str:
    """Write a document as TOML, inline below its first level."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c) if c < chr(0xD800) else 63:08x}" for c in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if "signature" in value:
        return "\n".join(f"{key} = {_toml(table)}" for key, table in value.items())
    return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"


def test_the_samples_are_valid() -> None:
    assert compiled(ROW.encode()) == []
    assert compiled(SEVERAL) == []
