"""Check reports what is valid, or every error."""

import re
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.config import sinks
from nmapwatchd.config.sinks import JournaldSettings
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.sinks.sink import SinkError

Capture = pytest.CaptureFixture[str]


def test_prints_what_is_valid(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    alerts = tmp_path / "alerts.jsonl"
    file.write_text(
        f'interfaces = ["lo"]\nsignatures = []\n[[sink]]\nkind = "jsonl"\npath = "{alerts}"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    printed = capsys.readouterr().out
    assert "configuration: 1 interfaces, 1 sinks, 0 authorised scanners" in printed
    assert "supports every field that the signatures use" in printed
    assert "looks into erspan, geneve, gre, ipip, mpls, pppoe, vxlan" in printed


def test_frames_that_the_running_service_does_not_inspect_are_a_warning(
    tmp_path: Path, capsys: Capture
) -> None:
    metrics = tmp_path / "metrics.prom"
    metrics.write_text('nmapwatchd_interface_uninspected_percent{interface="eth1"} 42\n')
    file = tmp_path / "conf.toml"
    file.write_text(
        f'interfaces = ["lo"]\nsignatures = []\nunwrap = []\nmetrics_file = "{metrics}"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    printed = capsys.readouterr().out
    assert "no sinks (the journal is used)" in printed
    assert "looks into none" in printed
    assert "warning: 42 % of the frames on eth1 are not inspected" in printed


def test_what_the_running_service_waits_for_is_a_warning(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(
        'interfaces = ["lo", "nope0"]\nsignatures = []\n'
        f'[[sink]]\nkind = "jsonl"\npath = "{tmp_path}/absent/alerts.jsonl"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    jsonl = f"jsonl {tmp_path}/absent/alerts.jsonl"
    assert capsys.readouterr().err.splitlines() == [
        f"warning: sink[1]: {jsonl}: No such file or directory; the service retries",
        "warning: interfaces: nope0: there is no such interface; the service waits for it",
    ]


def test_every_error_is_reported_in_one_run(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(destination: str) -> None:
        raise SinkError(f"{destination}: no network")

    monkeypatch.setattr(sinks, "require_network", refuse)
    file = tmp_path / "conf.toml"
    file.write_text(
        'interfaces = ["any", "lo:1"]\nsignatures = []\n'
        '[[sink]]\nkind = "syslog"\nto = "udp://host"\n'
    )

    assert main(["check", "--config", str(file)]) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.split(": ")[:2] for line in printed.err.splitlines()] == [
        ["sink[1]", "udp://host"],
        ["interfaces", "any"],
        ["interfaces", "lo:1"],
    ]


def test_a_warning_does_not_fail_the_check(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warnings(messages: int) -> list[str]:
        return [f"drops beyond {messages}"]

    monkeypatch.setattr(sinks, "journal_warnings", warnings)
    monkeypatch.setattr(JournaldSettings, "probe", lambda _: None)
    file = tmp_path / "conf.toml"
    for sink in ("", '[[sink]]\nkind = "journald"\n'):
        file.write_text(f'interfaces = ["lo"]\nsignatures = []\n{sink}')

        assert main(["check", "--config", str(file)]) == 0

        assert capsys.readouterr().err == "warning: journald: drops beyond 50000\n"

    file.write_text('interfaces = ["lo"]\nsignatures = []\n[[sink]]\nkind = "jsonl"\npath = "-"\n')
    assert main(["check", "--config", str(file)]) == 0
    assert capsys.readouterr().err == ""


def test_an_empty_file_is_refused_unless_an_interface_is_named(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JournaldSettings, "probe", lambda _: None)
    file = tmp_path / "conf.toml"
    file.write_text("")

    assert main(["check", "--config", str(file)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "interfaces: none configured; set them in the file or by --interface"
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
