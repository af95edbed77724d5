"""Options are named by what they do, and as they are typed."""

import pytest

from nmapwatchd.formats.options import as_typed, in_words
from nmapwatchd.signatures.loader import shipped_catalogue


def test_what_options_do_is_named_once_each() -> None:
    assert in_words(("-sS", "-PS", "-PA", "-sV")) == [
        "SYN scan",
        "host discovery",
        "version probes",
    ]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--script http-enum", "scripts"),
        ("--script http-*", "http scripts"),
        ("--script smb*", "smb scripts"),
        ("--script ssh-brute", "password guessing"),
        ("--badsum", "--badsum"),
    ],
)
def test_a_script_is_named_by_its_family_or_not_at_all(option: str, words: str) -> None:
    assert in_words((option,)) == [words]


def test_scripts_are_typed_as_one_list_and_families_are_not() -> None:
    options = ("--script http-enum", "-sV", "--script http-*", "--script ssh-brute")

    assert as_typed(options) == ["-sV", "--script http-enum,ssh-brute"]
    assert as_typed(("--script http-*",)) == []


def test_every_option_of_the_signatures_has_words() -> None:
    options = {option for rule in shipped_catalogue().signatures for option in rule.options}

    assert [text for text in in_words(sorted(options)) if text.startswith("-")] == []
