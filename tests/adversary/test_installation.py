"""What the system refuses is one clear error, never a traceback."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "goldens" / "nmap" / "http-version.pcap"


def run(
    *arguments: str, open_files: int = 1024, memory: int = -1, **keywords: object
) -> subprocess.CompletedProcess[str]:
    """Run the program with limits."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
        if memory > 0:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    code = "import sys; from nmapwatchd.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    options = {"stdout": subprocess.PIPE, **keywords}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command, stderr=subprocess.PIPE, text=True, preexec_fn=limit, check=False, **options
    )


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    file = tmp_path / "conf.toml"
    file.write_text(f'interfaces = ["lo"]\nsignatures = []\nspool.directory = "{tmp_path}"\n')
    return file


# With fewer than six the interpreter itself cannot read its modules.
@pytest.mark.parametrize("open_files", [6, 12, 63])
@pytest.mark.parametrize("command", ["replay", "check", "run"])
def test_too_few_open_files_are_one_error(conf: Path, command: str, open_files: int) -> None:
    """With too few open files the program says so in one line, and how to raise the limit."""
    rest = {"replay": [str(GOLDEN)], "check": [], "run": ["--output", "text"]}[command]

    ended = run(command, "--config", str(conf), *rest, open_files=open_files)

    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"nmapwatchd: open files: the limit of {open_files} is too low")


def test_too_little_memory_for_tshark_is_one_error() -> None:
    """If tshark cannot run, its own reason is reported, not a version that was not read."""
    ended = run("replay", str(GOLDEN), memory=200 << 20)

    assert ended.returncode in {1, 2}
    assert "too old" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_full_standard_output_is_one_error() -> None:
    """Alerts that cannot be printed are an error, not a success."""
    with Path("/dev/full").open("w") as full:
        ended = run("replay", str(GOLDEN), stdout=full)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["nmapwatchd: No space left on device"]


def test_a_terminal_without_unicode_shows_the_alerts() -> None:
    """A character that the terminal's encoding lacks is escaped, and costs no alert."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "xx_YY"}

    ended = run("replay", str(GOLDEN), env=environment)

    assert ended.returncode == 0
    assert " has begun an nmap scan of " in ended.stdout


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    """A directory in place of a file is one error."""
    for arguments in (["check"], ["run"], ["replay", str(GOLDEN)]):
        ended = run(arguments[0], "--config", str(tmp_path), *arguments[1:])

        assert ended.returncode in {1, 2}
        assert ended.stderr.splitlines()[-1].endswith(f"{tmp_path}: Is a directory")
        assert "Traceback" not in ended.stderr


def test_no_temporary_directory_is_one_error() -> None:
    """Without a directory for temporary files the program says so in one line."""
    code = (
        "import sys, tempfile; from nmapwatchd.cli import main; "
        "tempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']; sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "replay", str(GOLDEN)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.returncode == 1
    assert "No usable temporary" in ended.stderr
    assert "Traceback" not in ended.stderr
