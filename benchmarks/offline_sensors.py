"""The sensors that are compared: how each is run on a capture, and whom it told."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import RuleInfo
from nmapwatchd.exports import write
from nmapwatchd.signatures.loader import shipped_catalogue

NMAPWATCHD = (sys.executable, "-c", "from nmapwatchd.cli import main; raise SystemExit(main())")

# Where the work folder stands inside the peers' root, in a mount namespace of its own.
_INSIDE = "/mnt"
_ENTER = (
    'mount --bind "$1" "$0/mnt" && mount -t proc proc "$0/proc" && root="$0" && shift && '
    'exec chroot "$root" "$@"'
)
# Alerts in one line each, and nothing else; checksums of a cable without offloads are not at stake.
_SURICATA = (
    "suricata", "-c", "/etc/suricata/suricata.yaml", "-k", "none",
    "--set", "outputs.0.fast.enabled=yes", "--set", "outputs.1.eve-log.enabled=no",
    "--set", "outputs.7.stats.enabled=no", "--set", "stats.enabled=no",
)  # fmt: skip
_ADDRESSES = re.compile(r"\{(?:TCP|UDP)\} (\S+):\d+ -> \S+:(\d+)$")


@dataclass(frozen=True, slots=True)
class Work:
    """A folder for one run, and the root in which peers live that this system does not package."""

    folder: Path
    peer_root: Path | None

    @property
    def output(self) -> Path:
        """The file that holds what the program prints."""
        return self.folder / "output"


@dataclass(frozen=True, slots=True)
class Contender:
    """
    A sensor that reads captures.

    Args:
        name: as the table calls it.
        command: what runs it on a capture.
        told: the marks of its output, after the run.
        share: the frames that it is given of a capture, where it is too slow for the whole; 0
            for all.
        took: wall and processor seconds by its own account, where it prepares more than it starts.
    """

    name: str
    command: Callable[[Path, Work], Sequence[str]]
    told: Callable[[Work], frozenset[RuleInfo]]
    share: int = 0
    took: Callable[[Work], tuple[float, float]] | None = None


def nmapwatchd() -> Contender:
    """Return this project's `replay`."""
    return Contender(
        "nmapwatchd replay",
        lambda capture, _: (*NMAPWATCHD, "replay", "--output", "json", str(capture)),
        lambda work: told_by_alerts(work.output),
    )


def variant(name: str, *options: str) -> Contender:
    """Return this project's sensor with options of `benchmarks.sensor`."""
    return Contender(
        name,
        lambda capture, _: (sys.executable, "-m", "benchmarks.sensor", str(capture), *options),
        lambda work: _told_by_pairs(line.split() for line in _lines(work.output)),
        took=_took_by_itself,
    )


def _took_by_itself(work: Work) -> tuple[float, float]:
    wall, _, cpu, _ = _lines(work.output.with_suffix(".err"))[-1].split()
    return float(wall), float(cpu)


def pyshark(share: int) -> Contender:
    """Return pyshark as its own documentation shows it."""
    return Contender(
        f"naive pyshark ({share:,} frames)",
        lambda capture, _: (sys.executable, "-m", "benchmarks.naive_pyshark", str(capture)),
        lambda work: _told_by_pairs(line.split() for line in _lines(work.output)),
        share,
    )


def tshark() -> Contender:
    """Return tshark as it is, with the catalogue's display filter."""
    text = write(shipped_catalogue(), "wireshark").rstrip()
    fields = [word for name in ("ip.src", "tcp.dstport", "udp.dstport") for word in ("-e", name)]
    return Contender(
        "tshark -Y",
        lambda capture, _: (
            "tshark", "-n", "-r", str(capture), "-Y", text, "-T", "fields", *fields,
        ),
        lambda work: _told_by_pairs(line.split() for line in _lines(work.output)),
    )  # fmt: skip


def suricata() -> Contender:
    """Return Suricata with one worker and the catalogue's export as its only rules."""
    return Contender(
        "suricata -r",
        lambda capture, work: suricata_command(
            work, "-r", put_beside(capture, work), "--runmode", "single"
        ),
        told_by_suricata,
    )


def suricata_command(work: Work, *arguments: str) -> list[str]:
    """Return the command that runs Suricata on the work folder, in the peers' root if there is."""
    (work.folder / "rules").write_text(write(shipped_catalogue(), "suricata"))
    here = _INSIDE if work.peer_root else str(work.folder)
    command = [*_SURICATA, "-S", f"{here}/rules", "-l", here, *arguments]
    if work.peer_root is None:
        return command
    return ["unshare", "-m", "sh", "-c", _ENTER, str(work.peer_root), str(work.folder), *command]


def put_beside(capture: Path, work: Work) -> str:
    """Put a capture into the work folder, as a second name of it, and return its path there."""
    target = work.folder / "capture.pcap"
    if not target.exists():
        try:
            target.hardlink_to(capture)
        except OSError:  # another file system
            shutil.copyfile(capture, target)
    return f"{_INSIDE if work.peer_root else work.folder}/capture.pcap"


def told_by_alerts(output: Path) -> frozenset[RuleInfo]:
    """Return the marks in JSON alerts of nmapwatchd."""
    return frozenset(
        RuleInfo(alert["source"]["ip"], port)
        for alert in map(json.loads, _lines(output))
        if alert["event"]["kind"] == "alert"
        for port in alert["destination"]["port"]
    )


def told_by_suricata(work: Work) -> frozenset[RuleInfo]:
    """Return the marks in Suricata's log of alerts."""
    found = (_ADDRESSES.search(line) for line in _lines(work.folder / "fast.log"))
    return _told_by_pairs(match.groups() for match in found if match)


def _told_by_pairs(pairs: Iterable[Sequence[str]]) -> frozenset[RuleInfo]:
    return frozenset(
        RuleInfo(pair[0], int(pair[1])) for pair in pairs if len(pair) == 2 and pair[1].isdigit()
    )


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []
