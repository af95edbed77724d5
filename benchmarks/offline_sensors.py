"""The sensors that read captures: the command of each, and the scans that it detected."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import TestScan
from nmapwatchd.exports import write
from nmapwatchd.signatures.loader import shipped_catalogue

NMAPWATCHD = (sys.executable, "-c", "from nmapwatchd.cli import main; raise SystemExit(main())")

# Mount point of the workspace in the peers' root, in a separate mount namespace.
_INSIDE = "/mnt"
_ENTER = (
    'mount --bind "$1" "$0/mnt" && mount -t proc proc "$0/proc" && root="$0" && shift && '
    'exec chroot "$root" "$@"'
)
# One line per alert as the only output; no checksum verification, as the veth pair has no offloads.
_SURICATA = (
    "suricata", "-c", "/etc/suricata/suricata.yaml", "-k", "none",
    "--set", "outputs.0.fast.enabled=yes", "--set", "outputs.1.eve-log.enabled=no",
    "--set", "outputs.7.stats.enabled=no", "--set", "stats.enabled=no",
)  # fmt: skip
_ADDRESSES = re.compile(r"\{(?:TCP|UDP)\} (\S+):\d+ -> \S+:(\d+)$")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The directory of one run, and the root directory of peers that this system lacks."""

    folder: Path
    peer_root: Path | None

    @property
    def output(self) -> Path:
        """The file of the program's standard output."""
        return self.folder / "output"


@dataclass(frozen=True, slots=True)
class OfflineSensor:
    """
    A sensor that reads captures.

    Args:
        name: its name in tables.
        command: returns the command that runs it on a capture.
        detected: returns the scans in its output, after the run.
        sample_frames: frames of the sample that it reads if it is too slow for the whole capture;
            0 for the whole.
        own_times: returns the wall and processor seconds that it measured itself, if its
            preparation is not a start-up.
    """

    name: str
    command: Callable[[Path, Workspace], Sequence[str]]
    detected: Callable[[Workspace], frozenset[TestScan]]
    sample_frames: int = 0
    own_times: Callable[[Workspace], tuple[float, float]] | None = None


def nmapwatchd() -> OfflineSensor:
    """Return `nmapwatchd replay`."""
    return OfflineSensor(
        "nmapwatchd replay",
        lambda capture, _: (*NMAPWATCHD, "replay", "--output", "json", str(capture)),
        lambda work: scans_in_alerts(work.output),
    )


def variant(name: str, *options: str) -> OfflineSensor:
    """Return nmapwatchd with options of `benchmarks.sensor`."""
    return OfflineSensor(
        name,
        lambda capture, _: (sys.executable, "-m", "benchmarks.sensor", str(capture), *options),
        lambda work: _scans_in_pairs(line.split() for line in _lines(work.output)),
        own_times=_own_times,
    )


def _own_times(work: Workspace) -> tuple[float, float]:
    wall, _, cpu, _ = _lines(work.output.with_suffix(".err"))[-1].split()
    return float(wall), float(cpu)


def pyshark(frames: int) -> OfflineSensor:
    """Return pyshark as its documentation shows it, on a sample of some frames."""
    return OfflineSensor(
        f"naive pyshark ({frames:,} frames)",
        lambda capture, _: (sys.executable, "-m", "benchmarks.naive_pyshark", str(capture)),
        lambda work: _scans_in_pairs(line.split() for line in _lines(work.output)),
        frames,
    )


def tshark() -> OfflineSensor:
    """Return tshark with the catalogue's display filter."""
    text = write(shipped_catalogue(), "wireshark").rstrip()
    fields = [word for name in ("ip.src", "tcp.dstport", "udp.dstport") for word in ("-e", name)]
    return OfflineSensor(
        "tshark -Y",
        lambda capture, _: (
            "tshark", "-n", "-r", str(capture), "-Y", text, "-T", "fields", *fields,
        ),
        lambda work: _scans_in_pairs(line.split() for line in _lines(work.output)),
    )  # fmt: skip


def suricata() -> OfflineSensor:
    """Return Suricata with one worker and only the catalogue's export as rules."""
    return OfflineSensor(
        "suricata -r",
        lambda capture, work: suricata_command(
            work, "-r", link_capture(capture, work), "--runmode", "single"
        ),
        scans_in_fast_log,
    )


def suricata_command(work: Workspace, *arguments: str) -> list[str]:
    """Return the command that runs Suricata on a workspace, in the peers' root if there is one."""
    (work.folder / "rules").write_text(write(shipped_catalogue(), "suricata"))
    here = _INSIDE if work.peer_root else str(work.folder)
    command = [*_SURICATA, "-S", f"{here}/rules", "-l", here, *arguments]
    if work.peer_root is None:
        return command
    return ["unshare", "-m", "sh", "-c", _ENTER, str(work.peer_root), str(work.folder), *command]


def link_capture(capture: Path, work: Workspace) -> str:
    """Link a capture into the workspace, and return its path there."""
    target = work.folder / "capture.pcap"
    if not target.exists():
        try:
            target.hardlink_to(capture)
        except OSError:  # on another file system
            shutil.copyfile(capture, target)
    return f"{_INSIDE if work.peer_root else work.folder}/capture.pcap"


def scans_in_alerts(output: Path) -> frozenset[TestScan]:
    """Return the scans in JSON alerts of nmapwatchd."""
    return frozenset(
        TestScan(alert["source"]["ip"], port)
        for alert in map(json.loads, _lines(output))
        if "ip" in alert.get("source", {})  # neither the summary of a flood nor a sensor event
        for port in alert["nmapwatchd"]["target"]["port"]
    )


def scans_in_fast_log(work: Workspace) -> frozenset[TestScan]:
    """Return the scans in Suricata's alert log."""
    found = (_ADDRESSES.search(line) for line in _lines(work.folder / "fast.log"))
    return _scans_in_pairs(match.groups() for match in found if match)


def _scans_in_pairs(pairs: Iterable[Sequence[str]]) -> frozenset[TestScan]:
    return frozenset(
        TestScan(pair[0], int(pair[1])) for pair in pairs if len(pair) == 2 and pair[1].isdigit()
    )


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []
