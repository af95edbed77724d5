"""Generates captures with real programs on a veth pair, and caches them."""

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
from benchmarks.clients import SCANS, Clients, TestScan
from benchmarks.network import INTERFACE, SCANNERS, cable, inside
from benchmarks.servers import running

# Incremented when the generated traffic changes, so that older captures are not reused.
VERSION = 1
# KiB of the capture's kernel buffer: several seconds of the clients' traffic.
_BUFFER_KIB = 262_144
# Seconds until the kernel has delivered the last frames.
_SETTLE_SECONDS = 1.0

# Share of bulk transfers in the frames of a mix; per 1,000 frames, small HTTP requests take 80, TLS
# sessions 40 and DNS queries 30, by the measured number of frames of each.
_BULK_SHARE = 0.85
_FRAME_BYTES = 1_130  # transferred bytes per frame, including bare acknowledgements
Job = Callable[[], None]
# Serialises the access to the cache: a smoke test runs several comparisons in parallel.
_CACHE_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Traffic:
    """A capture and the test scans in it."""

    name: str
    path: Path
    frames: int
    scans: frozenset[TestScan]

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size


def traffic(kind: str, size: int, scans: int, cache: Path) -> Traffic:
    """
    Return a capture from the cache, or generate it.

    Args:
        kind: `mix`, or the only kind of traffic: `http`, `tls`, `dns`, or `requests` for the
            three together.
        size: frames of a mix, requests of another kind.
        scans: number of test scans in it.
        cache: the directory of captures.
    """
    with _CACHE_LOCK:
        return _traffic(kind, size, scans, cache)


def _traffic(kind: str, size: int, scans: int, cache: Path) -> Traffic:
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{kind}-{size}-{scans}-v{VERSION}.pcap"
    sidecar = path.with_suffix(".json")
    if not sidecar.exists():
        print(f"generating {path}", flush=True)
        generated, dropped = _generate(kind, size, scans, path)
        if dropped:
            print(f"  {dropped} frames were not captured")
        sidecar.write_text(json.dumps([asdict(scan) for scan in generated]))
    known = frozenset(TestScan(**scan) for scan in json.loads(sidecar.read_text()))
    return Traffic(kind, path, count_frames(path), known)


def _generate(kind: str, size: int, scans: int, path: Path) -> tuple[list[TestScan], int]:
    if not 0 < scans <= len(SCANNERS):
        raise ValueError(f"there are 1 to {len(SCANNERS)} scanners")
    with tempfile.TemporaryDirectory(prefix="nmapwatchd-traffic-") as name, cable() as wire:
        folder = Path(name)
        with running(wire.far, folder), _captured(wire.far, path, folder) as dropped:
            clients = Clients(wire.near, folder)
            jobs = _JOBS[kind](clients, size // scans)
            generated = [_run_round(clients, number, jobs) for number in range(scans)]
        return generated, dropped()


def _run_round(clients: Clients, number: int, jobs: Sequence[Job]) -> TestScan:
    """Run every job and one scan in parallel."""
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
        lambda: clients.http_small(requests // 2, scheme="http", is_keep_alive=True, client=4),
        lambda: clients.http_small(requests // 2, scheme="http", is_keep_alive=False, client=5),
        lambda: clients.http_small(sessions, scheme="https", is_keep_alive=False, client=6),
        lambda: clients.dns(queries, 7),
    )


def _http(clients: Clients, size: int) -> Sequence[Job]:
    return (
        lambda: clients.http_small(size // 2, scheme="http", is_keep_alive=True, client=0),
        lambda: clients.http_small(size // 2, scheme="http", is_keep_alive=False, client=1),
    )


def _tls(clients: Clients, size: int) -> Sequence[Job]:
    return (lambda: clients.http_small(size, scheme="https", is_keep_alive=False, client=0),)


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
    """Capture a namespace's traffic; yield a function that returns the number of lost frames."""
    log_file = folder / "tcpdump.log"
    partial = path.with_suffix(".part")
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            inside(
                namespace, "tcpdump", "-n", "-i", INTERFACE, "-B", str(_BUFFER_KIB), "-s", "0",
                "-Z", "root", "-w", str(partial), "tcp or udp",
            ),
            stderr=log,
        )  # fmt: skip
    try:
        while b"listening on" not in log_file.read_bytes():
            if process.poll() is not None:
                raise RuntimeError(log_file.read_text(errors="replace"))
            time.sleep(0.05)
        yield lambda: _dropped(log_file)
        time.sleep(_SETTLE_SECONDS)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    partial.replace(path)


def _dropped(log_file: Path) -> int:
    for line in log_file.read_text(errors="replace").splitlines():
        if "dropped by kernel" in line:
            return int(line.split()[0])
    return 0
