"""A table takes its keys, of their types, and nothing else."""

import pytest
from pydantic import Field, ValidationError

from nmapwatchd.config.table import Table, absolute_path


class Example(Table):
    number: int = 0


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Example.model_validate({"numbers": 1})


@pytest.mark.parametrize("value", ["1", 1.0, True])
def test_a_value_is_not_converted(value: object) -> None:
    with pytest.raises(ValidationError, match="valid integer"):
        Example.model_validate({"number": value})


def test_a_table_cannot_change_and_is_compared_by_value() -> None:
    table = Example(number=1)

    with pytest.raises(ValidationError, match="frozen"):
        table.number = 2  # type: ignore[misc]
    assert {table: "found"}[Example(number=1)] == "found"


def test_a_tables_keys_are_those_that_a_file_writes() -> None:
    class Aliased(Table):
        one: int = 1
        networks: int = Field(2, alias="from")

    assert Aliased.key_names() == ["one", "from"]


@pytest.mark.parametrize("path", ["", "/", "/a/b"])
def test_an_absolute_path_is_returned(path: str) -> None:
    assert absolute_path(path) == path


@pytest.mark.parametrize("path", ["a", "./a", "/a\0b"])
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not an absolute path"):
        absolute_path(path)
