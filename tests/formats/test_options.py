"""Options are named by what they do, and as they are typed."""

import pytest

from nmapwatchd.formats.options import as_typed, in_words, is_family, is_script
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
        ("--script http-enum", "one script"),
        ("--script http-*", "http scripts"),
        ("--script smb*", "smb scripts"),
        ("--script ssh-brute", "password guessing"),
        ("--badsum", "--badsum"),
    ],
)
def test_a_script_is_named_by_its_family_or_not_at_all(option: str, words: str) -> None:
    assert in_words((option,)) == [words]


def test_several_scripts_are_scripts() -> None:
    options = ("--script http-enum", "--script http-git", "--script ssl-*")

    assert in_words(options) == ["scripts", "ssl scripts"]


def test_scripts_are_typed_as_one_list() -> None:
    options = ("--script http-enum", "-sV", "--script ssh-brute")

    assert as_typed(options) == ["-sV", "--script http-enum,ssh-brute"]
    assert as_typed(("-sV",)) == ["-sV"]


def test_a_family_is_of_scripts_only() -> None:
    options = ("-sV", "--script http-enum", "--script http-*", "-p*")

    assert [is_script(option) for option in options] == [False, True, True, False]
    assert [is_family(option) for option in options] == [False, False, True, False]


def test_every_option_of_the_signatures_has_words() -> None:
    options = {option for rule in shipped_catalogue().signatures for option in rule.options}

    assert [text for text in in_words(sorted(options)) if text.startswith("-")] == []
