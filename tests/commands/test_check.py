"""Check reports what is valid, or every error, and what the service will meet."""

import argparse
import re
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.commands import check, open_files
from nmapwatchd.commands import run as run_command
from nmapwatchd.commands.config_option import service_settings
from nmapwatchd.config import sinks
from nmapwatchd.config.sinks import JournaldSettings, SyslogSettings
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.sinks.sink import SinkError

Capture = pytest.CaptureFixture[str]
FOLDER = "the service retries: make its folder writable for the service's user"
NONE = "no errors, no warnings; checked as the user alice"


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be found that depends on this machine and this user."""
    monkeypatch.setattr(check, "become_service_user", lambda: "alice")
    monkeypatch.setattr(check, "is_root", lambda: False)
    for name in ("clock_warnings", "nmap_warnings"):
        monkeypatch.setattr(check, name, lambda: iter(()))
    for name in ("disk_warnings", "sandbox_warnings"):
        monkeypatch.setattr(check, name, lambda _: iter(()))
    monkeypatch.setattr(sinks, "unit_denials", lambda _: iter(()))
    monkeypatch.setattr(JournaldSettings, "probe", lambda _: None)
    monkeypatch.setattr(sinks, "journal_warnings", lambda _: iter(()))


def checked(tmp_path: Path, text: str, status: int = 0) -> str:
    """Check a configuration that has a status; return the path of its file."""
    file = tmp_path / "conf.toml"
    file.write_text(f"signatures = []\n{text}")

    assert main(["check", "--config", str(file)]) == status

    return str(file)


def sink(kind: str, **values: str) -> str:
    """Return the table of a sink."""
    lines = [f'{key} = "{value}"' for key, value in {"kind": kind, **values}.items()]
    return "\n".join(["[[sink]]", *lines, ""])


def test_prints_what_is_valid(tmp_path: Path, capsys: Capture) -> None:
    checked(tmp_path, f'interfaces = ["lo"]\n{sink("jsonl", path=f"{tmp_path}/alerts.jsonl")}')

    printed = capsys.readouterr()
    assert "configuration: 1 interfaces, 1 sinks, 0 authorised scanners" in printed.out
    assert "supports every field that the signatures use" in printed.out
    assert "looks into erspan, geneve, gre, ipip, mpls, pppoe, vxlan" in printed.out
    assert printed.out.splitlines()[-1] == NONE
    assert printed.err == ""


def test_nothing_is_written(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "spool").mkdir()
    before = sorted(tmp_path.rglob("*"))

    file = checked(
        tmp_path,
        f'interfaces = ["lo"]\nmetrics_file = "{tmp_path}/metrics.prom"\n'
        f'runtime_directory = "{tmp_path}/run"\n{sink("jsonl", path=f"{tmp_path}/alerts.jsonl")}'
        f'[spool]\ndirectory = "{tmp_path}/spool"\n',
    )

    assert capsys.readouterr().out.splitlines()[-1] == NONE
    assert sorted(tmp_path.rglob("*")) == sorted([*before, Path(file)])


def test_frames_that_the_running_service_does_not_inspect_are_a_warning(
    tmp_path: Path, capsys: Capture
) -> None:
    metrics = tmp_path / "metrics.prom"
    metrics.write_text('nmapwatchd_interface_uninspected_percent{interface="eth1"} 42\n')

    checked(tmp_path, f'interfaces = ["lo"]\nunwrap = []\nmetrics_file = "{metrics}"\n')

    printed = capsys.readouterr()
    assert "no sinks (the journal is used)" in printed.out
    assert "looks into none" in printed.out
    assert printed.err == (
        "warning: interfaces: eth1: 42 % of the frames are not inspected; the status line says "
        "why\n"
    )


def test_what_the_running_service_waits_for_is_a_warning(tmp_path: Path, capsys: Capture) -> None:
    path = f"{tmp_path}/absent/alerts.jsonl"

    checked(tmp_path, f'interfaces = ["lo", "nope0"]\n{sink("jsonl", path=path)}')

    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "warning: interfaces: nope0: there is no such interface; the service waits for it",
        f"warning: sink[1]: jsonl {path}: No such file or directory; {FOLDER}",
    ]
    assert printed.out.splitlines()[-1] == "no errors, 2 warnings; checked as the user alice"


def test_every_subject_is_asked(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = (
        "limitations", "authorisation_warnings", "sink_warnings", "interface_warnings",
        "traffic_warnings", "disk_warnings", "sandbox_warnings", "clock_warnings", "nmap_warnings",
    )  # fmt: skip
    for name in subjects:
        found = [Diagnostic(name, "found")]
        monkeypatch.setattr(check, name, lambda *_, found=found: found)

    checked(tmp_path, 'interfaces = ["lo"]\n')

    warnings = capsys.readouterr().err.splitlines()
    assert warnings == [f"warning: {name}: found" for name in sorted(subjects)]


def test_every_error_is_reported_in_one_run_before_the_warnings(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr(sinks, "require_network", refuse)
    monkeypatch.setattr(check, "clock_warnings", lambda: [Diagnostic("clock", "is slow")])

    checked(
        tmp_path, f'interfaces = ["any", "lo:1"]\n{sink("syslog", to="unix:/dev/log")}'
        f'{sink("syslog", to="udp://127.0.0.1")}', 1
    )  # fmt: skip

    printed = capsys.readouterr()
    assert printed.out == f"{printed.out.splitlines()[-1]}\n"
    assert printed.out.startswith("3 errors, ")
    lines = [line.split(": ")[:3] for line in printed.err.splitlines()]
    assert lines[:3] == [
        ["error", "interfaces", "any"],
        ["error", "interfaces", "lo:1"],
        ["error", "sink[2]", "udp://127.0.0.1"],
    ]
    assert ["warning", "clock", "is slow"] in lines[3:]


def test_a_warning_does_not_fail_the_check(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warnings(messages: int) -> list[str]:
        return [f"drops beyond {messages}"]

    monkeypatch.setattr(sinks, "journal_warnings", warnings)
    for table in ("", sink("journald")):
        checked(tmp_path, f'interfaces = ["lo"]\n{table}')

        assert capsys.readouterr().err == "warning: journald: drops beyond 50000\n"

    checked(tmp_path, f'interfaces = ["lo"]\n{sink("jsonl", path="-")}')
    assert capsys.readouterr().err == ""


def test_an_empty_file_is_refused_unless_an_interface_is_named(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "conf.toml"
    file.write_text("")

    assert main(["check", "--config", str(file)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: interfaces: none configured; set them in the file or by --interface"
    )

    assert main(["check", "--config", str(file), "--interface", "lo"]) == 0
    assert "configuration: 1 interfaces" in capsys.readouterr().out


def test_what_is_off_is_counted_with_what_it_costs(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(
        'interfaces = ["lo"]\nsignatures = []\ndisable = ["ftp.bounce-scan-password"]\n'
        '[[sink]]\nkind = "jsonl"\n'
        f'path = "{tmp_path}/alerts"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    printed = capsys.readouterr()
    count = len(shipped_catalogue().signatures) - 1
    assert f"catalogue: {count} signatures in" in printed.out
    assert re.search(
        r"^tuning: 1 signature disabled by configuration; 2 of \d+ recorded scans are no longer "
        r"detected, without root 2 of \d+: nmap -b ... -Pn -p22,4000$",
        printed.out,
        re.MULTILINE,
    )
    assert printed.err == ""


def test_a_raised_confidence_is_a_warning(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(
        'interfaces = ["lo"]\nsignatures = []\n'
        'confidence = { "payload.hp-pjl" = "exclusive" }\n[[sink]]\n'
        f'kind = "jsonl"\npath = "{tmp_path}/alerts"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    printed = capsys.readouterr()
    assert printed.err.startswith(
        "warning: conf.toml:3: raises payload.hp-pjl from weak to exclusive, so expect false alarms"
    )
    assert "tuning: 1 signature with another confidence by configuration; all of" in printed.out


def test_an_entry_that_matches_nothing_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('signatures = []\ndisable = ["http.tranee-*"]\n')

    assert main(["check", "--config", str(file)]) == 1

    assert (
        f'{file}: disable[1]: "http.tranee-*" matches no signature; did you mean "http.trane-*"?\n'
    ) in capsys.readouterr().err


def test_a_collector_without_the_drop_in_is_refused_as_the_service_does(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SyslogSettings, "unit_denials", lambda _: ["udp://127.0.0.1: denied"])

    checked(tmp_path, f'interfaces = ["lo"]\n{sink("syslog", to="udp://127.0.0.1")}', 1)

    assert capsys.readouterr().err == "error: sink[1]: udp://127.0.0.1: denied\n"


def test_duplicate_sinks_are_refused_as_the_service_does(tmp_path: Path, capsys: Capture) -> None:
    twice = [sink("syslog", to="udp://127.0.0.1", format=name) for name in ("rfc3164", "cef")]

    file = checked(tmp_path, f'interfaces = ["lo"]\n{"".join(twice)}', 1)

    assert capsys.readouterr().err == "error: sink: duplicate udp://127.0.0.1:514\n"
    settings = service_settings(Path(file))
    with pytest.raises(OperatorError, match=r"^sink: duplicate udp://127\.0\.0\.1:514$"):
        Delivery(settings.sink)

    checked(tmp_path, f'interfaces = ["lo"]\n{twice[0]}{twice[0]}')  # equal: one sink


def test_too_few_open_files_are_refused_as_the_service_does(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (70, 70))
    monkeypatch.setattr(open_files, "_BASE", 60)

    checked(tmp_path, 'interfaces = ["lo"]\n', 1)

    assert capsys.readouterr().err.startswith("error: open files: the limit of 70 is too low")


def test_root_needs_the_capability_to_capture_as_the_service_does(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperatorError(Diagnostic("capture", "needs the capability"))

    monkeypatch.setattr(check, "require_capture", refuse)
    checked(tmp_path, 'interfaces = ["lo"]\n')
    capsys.readouterr()

    monkeypatch.setattr(check, "is_root", lambda: True)
    checked(tmp_path, 'interfaces = ["lo"]\n', 1)
    assert capsys.readouterr().err == "error: capture: needs the capability\n"


# What is wrong, and what check prints of it; {} is the folder.
REFUSED = {
    "a missing file": (None, "{}/conf.toml: No such file or directory"),
    "no interface": ("", "interfaces: none configured; set them in the file or by --interface"),
    "a key that is misspelt": (
        'interface = ["lo"]\n',
        '{}/conf.toml: interface: unknown key; did you mean "interfaces"?',
    ),
    "every interface": (
        'interfaces = ["any"]\n',
        "interfaces: any: is not an interface: name each interface to capture on",
    ),
    "a sink of an unknown kind": (
        'interfaces = ["lo"]\n[[sink]]\nkind = "jsonll"\n',
        '{}/conf.toml: sink[1].kind: unknown kind "jsonll"',
    ),
    "a faulty signature of the site": (
        'interfaces = ["lo"]\nsignatures = ["{}/own"]\n',
        "bad.toml:1: unknown table",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_run_refuses_check_refuses_in_the_same_words(
    fault: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, expected = REFUSED[fault]
    file = tmp_path / "conf.toml"
    if text is not None:
        file.write_text(text.replace("{}", str(tmp_path)))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.toml").write_text("[[http]]\n")
    # The service starts without a faulty signature, but takes over none by a reload.
    options = argparse.Namespace(config=file, interface=[])
    monkeypatch.setattr(run_command, "require_capture", lambda: None)

    assert main(["check", "--config", str(file)]) == 1

    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: {expected.replace('{}', str(tmp_path))}")
    assert printed.out.startswith("1 error, ")
    try:
        refused = run_command._compiled_config(options).refused
    except OperatorError as error:
        refused = error.diagnostics
    assert [f"error: {one}" for one in refused] == [line]


WARNED = {
    "an authorisation that is over": (
        '[[authorised]]\nname = "audit"\nfrom = "10.0.0.5"\nuntil = 2025-12-31\n',
        (
            'authorised[1]: "audit" ended on 2025-12-31: its scans are alerted again; remove the '
            "entry, or set a later until"
        ),
    ),
    "a folder that is not there": (
        sink("jsonl", path="/no/such/alerts.jsonl"),
        f"sink[1]: jsonl /no/such/alerts.jsonl: No such file or directory; {FOLDER}",
    ),
    "a collector that does not answer": (
        sink("syslog", to="tcp://127.0.0.1:1"),
        (
            "sink[1]: tcp://127.0.0.1:1: Connection refused; the service retries: check address, "
            "collector and firewall"
        ),
    ),
    "a socket that is not there": (
        sink("syslog", to="unix:/no/such/log"),
        (
            "sink[1]: unix:/no/such/log: No such file or directory; the service retries: start "
            "what listens there"
        ),
    ),
}


@pytest.mark.parametrize("fault", WARNED)
def test_what_the_service_will_meet_is_a_warning(
    fault: str, tmp_path: Path, capsys: Capture
) -> None:
    assert datetime.now(UTC).year > 2025
    text, expected = WARNED[fault]

    checked(tmp_path, f'interfaces = ["lo"]\n{text}')

    assert capsys.readouterr().err == f"warning: {expected}\n"
