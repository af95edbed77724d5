"""Replay prints every alert of what could be read, and reports clearly what could not."""

import json
import shutil
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from tests.frames import write_capture
from tests.packets import MSS_1460, TcpShape, tcp
from tests.wrapping import over_ip

GOLDEN = Path(__file__).parents[1] / "goldens" / "nmap" / "http-default-scripts.pcap"

Capture = pytest.CaptureFixture[str]


def test_prints_the_alerts_of_a_capture(capsys: Capture) -> None:
    assert main(["replay", str(GOLDEN)]) == 0

    opened, proven, closed = capsys.readouterr().out.splitlines()
    mac = "MAC 52-54-00-77-00-05"
    begun = f"10.77.0.5 (address not proven; {mac}) has begun an nmap scan of 10.77.0.8, tcp "
    assert opened.startswith(begun)
    assert proven.startswith(f"10.77.0.5 ({mac}) continues its nmap scan after ")
    assert closed.startswith(f"10.77.0.5 ({mac}) had run its nmap scan for ")
    assert " when the capture ended: 1 host (10.77.0.8), tcp " in closed


def test_json_lines_name_the_capture(capsys: Capture) -> None:
    assert main(["replay", "--output", "json", str(GOLDEN)]) == 0

    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {d["nmapwatchd"]["capture"] for d in documents} == {str(GOLDEN)}
    assert len({d["nmapwatchd"]["scan"]["id"] for d in documents}) == 1
    assert [d["event"]["sequence"] for d in documents] == list(range(1, len(documents) + 1))
    assert len({d["event"]["id"] for d in documents}) == len(documents) > 1


def test_a_capture_of_which_a_share_is_not_inspected_is_a_warning(
    tmp_path: Path, capsys: Capture
) -> None:
    esp = write_capture(tmp_path / "esp.pcap", [over_ip(50, bytes(40))])

    assert main(["replay", str(esp), str(GOLDEN)]) == 0

    warnings = [line for line in capsys.readouterr().err.splitlines() if " warning " in line]
    assert len(warnings) == 1
    assert warnings[0].endswith(
        f"not inspected capture='{esp}' frames='100 % of the frames are in ESP'"
    )


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    with GOLDEN.open() as capture:
        monkeypatch.setattr("sys.stdin", capture)
        assert main(["replay", "-"]) == 0

    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_truncated_capture_gives_the_alerts_of_what_could_be_read(
    tmp_path: Path, capsys: Capture
) -> None:
    truncated = tmp_path / "truncated.pcap"
    truncated.write_bytes(GOLDEN.read_bytes()[:20_007])

    assert main(["replay", str(truncated)]) == 1

    printed = capsys.readouterr()
    assert printed.out.startswith("10.77.0.5 (address not proven; MAC ")
    assert "truncated dump file" in printed.err
    assert "alerts=1" in printed.err


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", "is empty"), (b"hello, this is no capture\n" * 4, "is not a capture file")],
)
def test_a_file_that_is_not_a_capture_is_an_error(
    content: bytes, error: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "odd.pcap"
    file.write_bytes(content)

    assert main(["replay", str(file)]) == 1

    printed = capsys.readouterr()
    assert (printed.out, error in printed.err, str(file) in printed.err) == ("", True, True)
    assert "replayed" not in printed.err


def test_continues_with_the_next_capture_after_an_error(tmp_path: Path, capsys: Capture) -> None:
    missing = tmp_path / "missing.pcap"

    assert main(["replay", str(missing), str(GOLDEN)]) == 1

    printed = capsys.readouterr()
    assert "No such file" in printed.err
    assert len(printed.out.splitlines()) == 3


def test_a_folder_is_its_captures_and_those_of_the_folders_in_it(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "day" / "hour").mkdir(parents=True)
    first, second = tmp_path / "day" / "a.pcap", tmp_path / "day" / "hour" / "b"
    for copy in (second, first):
        copy.write_bytes(GOLDEN.read_bytes())
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "day" / "README").touch()

    assert main(["replay", "--output", "json", str(tmp_path)]) == 0

    printed = capsys.readouterr()
    documents = [json.loads(line) for line in printed.out.splitlines()]
    assert [d["nmapwatchd"]["capture"] for d in documents] == [str(first)] * 3 + [str(second)] * 3
    skipped, *_ = printed.err.splitlines()
    assert skipped.endswith(f"files that are no captures skipped folder='{tmp_path}' files=2")


def test_a_file_of_a_folder_that_should_be_a_capture_and_is_not_is_an_error(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "a.pcap").write_text("hello")
    (tmp_path / "b.pcap").write_bytes(GOLDEN.read_bytes())

    assert main(["replay", str(tmp_path)]) == 1

    printed = capsys.readouterr()
    assert f"{tmp_path}/a.pcap: is not a capture file" in printed.err
    assert len(printed.out.splitlines()) == 3


def test_a_folder_without_captures_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "notes.txt").write_text("hello")

    assert main(["replay", str(tmp_path)]) == 1

    assert f"no captures folder='{tmp_path}'" in capsys.readouterr().err


def test_what_cannot_be_read_in_a_folder_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.pcap").write_bytes(GOLDEN.read_bytes())
    (tmp_path / "gone.pcap").symlink_to(tmp_path / "nowhere")

    assert main(["replay", str(tmp_path)]) == 1

    printed = capsys.readouterr()
    assert f"cannot be read path='{tmp_path}/gone.pcap' error='No such file" in printed.err
    assert len(printed.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ("colour = 1\n", "colour: unknown key"),
        ('[[authorised]]\nname = "a"\nfrom = "10.0.0.300"\n', "authorised[1].from: '10.0.0.300'"),
    ],
)
def test_an_invalid_configuration_is_reported_with_file_and_key(
    config: str, error: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(config)

    assert main(["replay", "--config", str(file), str(GOLDEN)]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"nmapwatchd: {file}: {error}")


def test_applies_the_settings_of_a_configuration(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('signatures = []\n[[authorised]]\nname = "audit"\nfrom = "10.77.0.5"\n')

    assert main(["replay", "--output", "json", "--config", str(file), str(GOLDEN)]) == 0

    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert documents[0]["event"]["action"] == "scan-expected"


def test_what_a_configuration_turns_off_is_not_reported(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "conf.toml"
    named = set()
    for disable in ([], ["http.nse-*"]):
        file.write_text(f"signatures = []\ndisable = {disable}\n")
        assert main(["replay", "--output", "json", "--config", str(file), str(GOLDEN)]) == 0
        documents = map(json.loads, capsys.readouterr().out.splitlines())
        rules = {id_ for one in documents for id_ in one["nmapwatchd"]["rule"]["id"]}
        named.add(frozenset(id_ for id_ in rules if id_.startswith("http.nse-")))

    assert named == {frozenset(), frozenset({"http.nse-user-agent", "http.nse-header-set"})}


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("", "tshark: not found; install Debian's package tshark"),
        (
            "#!/bin/sh\necho TShark 3.4.10\n",
            "tshark: version 3.4.10 is too old; 4.0 or newer is required",
        ),
    ],
)
def test_a_missing_or_old_tshark_is_reported(
    program: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("sh", "setpriv"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    if program:
        (tmp_path / "tshark").write_text(program)
        (tmp_path / "tshark").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["replay", str(GOLDEN)]) == 2

    assert capsys.readouterr().err.splitlines()[-1] == f"nmapwatchd: {error}"


def test_the_networks_of_a_configuration_apply(tmp_path: Path, capsys: Capture) -> None:
    syn = TcpShape(0x02, 1024, MSS_1460, sequence=0x5E07A957)
    frame = tcp(syn, ports=(51_920, 80), source="198.51.100.5", destination="198.51.100.8", ttl=41)
    capture = write_capture(tmp_path / "one.pcap", [frame])
    config = tmp_path / "nmapwatchd.toml"
    config.write_text('interfaces = ["eth0"]\nsignatures = []\nnetworks = "198.51.100.0/24"\n')

    assert main(["replay", str(capture)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["replay", "--config", str(config), str(capture)]) == 0
    assert "tcp.raw-syn" in capsys.readouterr().out
