import re
from pathlib import Path

import pytest

from nmapwatchd.core.nse import (
    DEFAULT_SCRIPTS,
    INTRUSIVE_SCRIPTS,
    VERSION_SCRIPTS,
    is_default,
    is_intrusive,
    is_of,
    is_version,
)

INSTALLED = Path("/usr/share/nmap/scripts")
CATEGORIES = re.compile(r"^categories\s*=\s*\{([^}]*)\}", re.MULTILINE)


def installed(category: str) -> set[str]:
    """The scripts of a category in the nmap that is installed."""
    found = set()
    for script in INSTALLED.glob("*.nse"):
        match = CATEGORIES.search(script.read_text(encoding="utf-8", errors="replace"))
        if match and f'"{category}"' in match[1].replace("'", '"'):
            found.add(script.stem)
    return found


@pytest.mark.skipif(not INSTALLED.is_dir(), reason="nmap is not installed")
def test_the_scripts_of_a_category_are_those_that_nmap_has_there() -> None:
    assert installed("default") <= DEFAULT_SCRIPTS
    assert installed("version") <= VERSION_SCRIPTS
    assert installed("brute") | installed("exploit") | installed("dos") <= INTRUSIVE_SCRIPTS


def test_no_script_of_the_default_category_is_intrusive() -> None:
    assert not DEFAULT_SCRIPTS & INTRUSIVE_SCRIPTS


def test_a_script_is_of_a_family_by_its_name_or_by_its_library() -> None:
    assert is_of("http-enum", "http-*")
    assert is_of("hnap-info", "http-*")
    assert is_of("http-vuln-*", "http-*")
    assert not is_of("ssh-brute", "http-*")


def test_a_family_is_run_if_any_of_its_scripts_is() -> None:
    assert is_default("ssl-*")
    assert not is_default("oracle-*")
    assert is_version("http-*")
    assert not is_version("ssl-*")


def test_a_family_is_intrusive_only_if_all_of_its_scripts_are() -> None:
    assert is_intrusive("ssh-brute")
    assert not is_intrusive("ssh-*")
    assert not is_intrusive("http-enum")
