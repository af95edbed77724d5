"""Which configuration a command reads."""

from pathlib import Path

import pytest

from nmapwatchd.commands import config_option
from nmapwatchd.commands.config_option import (
    configured_signatures,
    named_settings,
    service_settings,
)
from nmapwatchd.config.settings import Settings
from nmapwatchd.errors import OperatorError
from nmapwatchd.signatures.loader import shipped_catalogue


@pytest.fixture
def default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default file, which does not exist yet."""
    file = tmp_path / "default.toml"
    monkeypatch.setattr(config_option, "DEFAULT_FILE", file)
    return file


def test_the_default_file_is_read_only_if_no_other_is_named(
    default_file: Path, tmp_path: Path
) -> None:
    named = tmp_path / "named.toml"
    named.write_text('interfaces = ["eth1"]\n')
    default_file.write_text('interfaces = ["eth0"]\n')

    assert service_settings(None).interfaces == ("eth0",)
    assert service_settings(named).interfaces == ("eth1",)


@pytest.mark.usefixtures("default_file")
def test_without_any_file_the_defaults_apply() -> None:
    assert service_settings(None) == Settings()


def test_without_a_named_file_the_bundled_signatures_are_used(default_file: Path) -> None:
    default_file.write_text('signatures = ["/default"]\n')

    assert named_settings(None).signatures == ()
    assert configured_signatures(None).catalogue.signatures == shipped_catalogue().signatures
    assert named_settings(default_file).signatures == (Path("/default"),)


def test_the_signatures_are_those_that_the_named_file_leaves(default_file: Path) -> None:
    default_file.write_text('signatures = []\ndisable = ["http.*"]\n')

    loaded = configured_signatures(default_file)

    assert not [one for one in loaded.catalogue.signatures if one.matcher == "http"]
    assert [one.id for one in loaded.everything.signatures] == [
        one.id for one in shipped_catalogue().signatures
    ]


def test_an_invalid_entry_is_an_error(default_file: Path) -> None:
    default_file.write_text('signatures = []\ndisable = ["http.tranee-*"]\n')

    with pytest.raises(OperatorError) as raised:
        configured_signatures(default_file)

    assert str(raised.value) == (
        f'{default_file}: disable[1]: "http.tranee-*" matches no signature; '
        'did you mean "http.trane-*"?'
    )


def test_a_default_file_that_cannot_be_reached_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(config_option, "DEFAULT_FILE", tmp_path / "file" / "conf.toml")

    with pytest.raises(OperatorError, match="Not a directory"):
        service_settings(None)
