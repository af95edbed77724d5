"""Invariant: a configuration is accepted as a whole, or each of its errors has its key."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.config.reader import read_settings, validate_settings
from nmapwatchd.config.settings import Settings
from nmapwatchd.errors import OperatorError
from tests.fuzz.damage import damaged

SHIPPED = (Path(__file__).parents[2] / "etc" / "nmapwatchd.toml").read_text()
# With every key that is commented out.
EVERY_KEY = re.sub(r"(?m)^# (?=\w+ = |\[\[)", "", SHIPPED)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_KEYS = sorted(
    {*Settings.model_fields, "from", "hours", "kind", "to", "by", "name", "mac", "targets", "until"}
)


def read_or_refused(read: Callable[[], Settings]) -> Settings | list[str]:
    try:
        return read()
    except OperatorError as error:
        return str(error).splitlines()


@given(damaged([SHIPPED.encode(), EVERY_KEY.encode()]))
def test_any_file_is_read_or_its_errors_are_reported(tmp_path_factory: Any, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    file.write_bytes(data)

    read = read_or_refused(lambda: read_settings(file))
    if isinstance(read, Settings):
        assert read.policy.seconds > 0
        assert read.allowlist.authorisation_for("10.0.0.1", 0) is not None
    else:
        assert read
        assert all(line.startswith(f"{file}: ") for line in read)


@given(st.dictionaries(st.sampled_from(_KEYS), _ANYTHING | st.lists(
    st.dictionaries(st.sampled_from(_KEYS), _ANYTHING), max_size=2)))  # fmt: skip
def test_any_values_are_accepted_or_refused(document: dict[str, Any]) -> None:
    assert read_or_refused(lambda: validate_settings(document, "conf"))


def test_the_file_with_every_key_is_one() -> None:
    assert tomllib.loads(EVERY_KEY)["sink"]
