"""What `run` reads before it captures; the rest is a subject of the live tests."""

import argparse
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.commands import run
from nmapwatchd.errors import OperatorError
from tests.signatures.site import ROW


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Leave the signals of the tests' process as they are."""
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)


def options(*arguments: str) -> argparse.Namespace:
    """Return the parsed arguments of `run`."""
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return parser.parse_args(arguments)


def test_an_interface_on_the_command_line_replaces_the_configured_ones(tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('interfaces = ["eth0"]\nsignatures = []\n')

    configured = run._compiled_config(options("--config", str(file)))
    named = run._compiled_config(
        options("--config", str(file), "--interface", "eth1", "--interface", "eth2")
    )

    assert configured.settings.interfaces == ("eth0",)
    assert named.settings.interfaces == ("eth1", "eth2")


def test_no_interface_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "conf.toml"
    file.write_text("signatures = []\n")

    assert main(["run", "--config", str(file)]) == 2

    assert capsys.readouterr().err == (
        "nmapwatchd: interfaces: none configured; set them in the file or by --interface\n"
    )


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["any"], "interfaces: any: is not an interface: name each interface to capture on"),
        (["l*"], "interfaces: l*: wildcards are not supported; name each interface. There are: lo"),
        (["lo:1"], "interfaces: lo:1: is an address of lo, not an interface; name lo"),
        (["lo", "lo"], '--interface: "lo" is named twice'),
        ([""], '--interface: "" is not the name of an interface'),
        (["a" * 16], f'--interface: "{"a" * 16}" is longer than 15 bytes'),
    ],
)
def test_a_name_that_is_no_interface_s_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], error: str
) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(f'signatures = []\nspool.directory = "{tmp_path}/spool"\n')
    given = [word for name in names for word in ("--interface", name)]

    assert main(["run", "--config", str(file), "--output", "text", *given]) == 2

    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("nmapwatchd")]
    assert len(lines) == 1
    assert lines[0].startswith(f"nmapwatchd: {error}")


def test_invalid_signatures_are_left_out_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(ROW.replace("user_agent.is", "agent.is"))
    file = tmp_path / "conf.toml"
    file.write_text(f'interfaces = ["lo"]\nsignatures = ["{tmp_path}"]\n')
    (tmp_path / "conf.toml").rename(tmp_path / "conf")

    config = run._compiled_config(options("--config", str(tmp_path / "conf")))

    assert [error.location for error in config.refused] == ["site.toml:4"]


def test_signals_for_which_the_service_has_no_handler_yet_do_not_end_it(tmp_path: Path) -> None:
    """A reload is done when the service runs."""
    file = tmp_path / "conf.toml"
    file.write_text("signatures = []\n")

    main(["run", "--config", str(file)])

    assert signal.SIGHUP in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN


def test_an_entry_that_matches_no_signature_has_no_effect_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(
        'interfaces = ["lo"]\nsignatures = []\ndisable = ["http.tranee-*", "payload.hp-pjl"]\n'
    )

    config = run._compiled_config(options("--config", str(file)))

    assert set(config.changes) == {"payload.hp-pjl"}
    assert [one.location for one in config.unmatched] == [f"{file}: disable[1]"]
    with pytest.raises(OperatorError, match="matches no signature"):  # of a reload
        run._whole_config(options("--config", str(file)))


def test_a_reload_takes_a_valid_configuration(tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('interfaces = ["lo"]\nsignatures = []\ndisable = ["payload.hp-pjl"]\n')

    config = run._whole_config(options("--config", str(file)))

    assert "payload.hp-pjl" not in {one.id for one in config.catalogue.signatures}
