"""The errors of a configuration."""

import pytest

from nmapwatchd.config.reader import validate_settings
from nmapwatchd.errors import OperatorError


def diagnostics(**document: object) -> list[str]:
    """Return the errors of a configuration of these tables and keys, one line each."""
    with pytest.raises(OperatorError) as raised:
        validate_settings(document, "conf")
    return str(raised.value).splitlines()
