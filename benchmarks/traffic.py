"""Generates what the sensors look at, with real tools on a cable, and keeps it in a cache."""

import json
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.captures import count_frames
from benchmarks.clients import SCANS, Clients, RuleInfo
from benchmarks.network import INTERFACE, SCANNERS, cable, inside
from benchmarks.servers import running

# Raised when what is generated changes, so that an older capture is not taken for it.
VERSION = 1
# KiB of the capture's kernel buffer: seconds of what the clients exchange.
_BUFFER_KIB = 262_144
# Seconds that the kernel has to hand over the last frames.
_SETTLE_SECONDS = 1.0

# Frames of a mix that are bulk transfers; the rest is 80 of 1,000 small requests over HTTP, 40 TLS
# sessions and 30 DNS, at the frames that each was seen to take.
_BULK_SHARE = 0.85
_FRAME_BYTES = 1_130  # bytes of a transfer for each frame of it, bare acknowledgements included
Job = Callable[[], None]
# Held while a capture is looked for or generated: a short run compares several things at once.
_GENERATING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Traffic:
    """A capture and the scans in it."""

    name: str
    path: Path
    frames: int
    marks: frozenset[RuleInfo]

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size


def traffic(kind: str, size: int, scans: int, cache: Path) -> Traffic:
    """
    Return a capture from the cache, or generate it.

    Args:
        kind: `mix`, or what it consists of alone: `http`, `tls`, `dns`, or `requests` for the
            three together.
        size: frames of a mix, requests of anything else.
        scans: marked scans in it.
        cache: the folder of captures.
    """
    with _GENERATING:
        return _traffic(kind, size, scans, cache)


def _traffic(kind: str, size: int, scans: int, cache: Path) -> Traffic:
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{kind}-{size}-{scans}-v{VERSION}.pcap"
    notes = path.with_suffix(".json")
    if not notes.exists():
        print(f"generating {path}", flush=True)
        marks, dropped = _generate(kind, size, scans, path)
        if dropped:
            print(f"  the capture lacks {dropped} frames that came too fast")
        notes.write_text(json.dumps([asdict(mark) for mark in marks]))
    known = frozenset(RuleInfo(**mark) for mark in json.loads(notes.read_text()))
    return Traffic(kind, path, count_frames(path), known)


def _generate(kind: str, size: int, scans: int, path: Path) -> tuple[list[RuleInfo], int]:
    if not 0 < scans <= len(SCANNERS):
        raise ValueError(f"there are 1 to {len(SCANNERS)} scanners")
    with tempfile.TemporaryDirectory(prefix="nmapwatchd-traffic-") as name, cable() as wire:
        folder = Path(name)
        with running(wire.far, folder), _captured(wire.far, path, folder) as dropped:
            clients = Clients(wire.near, folder)
            jobs = _JOBS[kind](clients, size // scans)
            marks = [_round(clients, number, jobs) for number in range(scans)]
        return marks, dropped()


def _round(clients: Clients, number: int, jobs: Sequence[Job]) -> RuleInfo:
    """Run every job once, and a scan among them."""
    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        scan = pool.submit(clients.scan, number, *SCANS[number % len(SCANS)])
        for job in [pool.submit(job) for job in jobs]:
            job.result()
        return scan.result()


def _mix(clients: Clients, size: int) -> Sequence[Job]:
    bulk = int(size * _BULK_SHARE * _FRAME_BYTES)
    requests, sessions, queries = size // 75, size // 375, size // 75
    return (
        lambda: clients.http_bulk(bulk * 35 // 100, "http", 0),
        lambda: clients.http_bulk(bulk * 35 // 100, "https", 1),
        lambda: clients.smb_bulk(bulk * 20 // 100),
        lambda: clients.ssh_bulk(bulk * 10 // 100, 3),
        lambda: clients.http_small(requests // 2, scheme="http", is_kept=True, client=4),
        lambda: clients.http_small(requests // 2, scheme="http", is_kept=False, client=5),
        lambda: clients.http_small(sessions, scheme="https", is_kept=False, client=6),
        lambda: clients.dns(queries, 7),
    )


def _http(clients: Clients, size: int) -> Sequence[Job]:
    return (
        lambda: clients.http_small(size // 2, scheme="http", is_kept=True, client=0),
        lambda: clients.http_small(size // 2, scheme="http", is_kept=False, client=1),
    )


def _tls(clients: Clients, size: int) -> Sequence[Job]:
    return (lambda: clients.http_small(size, scheme="https", is_kept=False, client=0),)


def _dns(clients: Clients, size: int) -> Sequence[Job]:
    return (lambda: clients.dns(size, 0),)


def _requests(clients: Clients, size: int) -> Sequence[Job]:
    return (*_http(clients, size // 2), *_tls(clients, size // 4), *_dns(clients, size // 4))


_JOBS: dict[str, Callable[[Clients, int], Sequence[Job]]] = {
    "mix": _mix,
    "http": _http,
    "tls": _tls,
    "dns": _dns,
    "requests": _requests,
}


@contextmanager
def _captured(namespace: str, path: Path, folder: Path) -> Iterator[Callable[[], int]]:
    """Capture what a namespace sends and receives; yield what tells how much was lost."""
    said = folder / "tcpdump.log"
    partial = path.with_suffix(".part")
    with said.open("wb") as log:
        process = subprocess.Popen(
            inside(
                namespace, "tcpdump", "-n", "-i", INTERFACE, "-B", str(_BUFFER_KIB), "-s", "0",
                "-Z", "root", "-w", str(partial), "tcp or udp",
            ),
            stderr=log,
        )  # fmt: skip
    try:
        while b"listening on" not in said.read_bytes():
            if process.poll() is not None:
                raise RuntimeError(said.read_text(errors="replace"))
            time.sleep(0.05)
        yield lambda: _dropped(said)
        time.sleep(_SETTLE_SECONDS)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    partial.replace(path)


def _dropped(said: Path) -> int:
    for line in said.read_text(errors="replace").splitlines():
        if "dropped by kernel" in line:
            return int(line.split()[0])
    return 0
