"""What all tables of the configuration file have in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the configuration file; an unknown key or a value of another type is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    @classmethod
    def key_names(cls) -> list[str]:
        """Return the keys as a file writes them, in the order of the class."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def absolute_path(path: str) -> str:
    """
    Return a path unchanged; empty stands for none.

    Raises:
        ValueError: it is relative, so it would depend on the directory the program starts in.
    """
    if path and (not path.startswith("/") or "\0" in path):
        raise ValueError(f"{path!r} is not an absolute path")
    return path
