"""The evidence in each recorded scan, which the package contains: `python -m tests.recall`."""

import asyncio
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from unittest import mock

import nmapwatchd
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.core.windows.window import Window
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.recall import RECALL_FILE
from tests.golden import DAY, Golden, goldens, joined, observed

FILE = Path(nmapwatchd.__file__).parent / "signatures" / RECALL_FILE

# Options that do not distinguish scans, with the number of their arguments.
_DROPPED = {"-n": 0, "--script-args": 1, "--script-timeout": 1, "--host-timeout": 1}
# Options with an argument that is a list of addresses.
_ADDRESSED = ("-D", "-sI", "-b")
# Characters of a list of ports.
_MAXIMUM_PORTS = 16

Messages = tuple[str, ...]  # each is the ids of its signatures, separated by spaces


def recorded_evidence() -> str:
    """Return one line of JSON for each golden of a scan that has a sighting."""
    listed = [*goldens("nmap"), *goldens("edited")]
    catalogue = shipped_catalogue()
    # Without an alert, every window adds all evidence up.
    policy = WindowPolicy(threshold=sys.maxsize)
    engines = [
        Engine([SignatureDetector(catalogue, policy.seconds)], Allowlist(), policy, Counters())
        for _ in listed
    ]
    seen: list[list[tuple[Window, str, str]]] = [[] for _ in listed]
    day = 0

    def add_score(
        window: Window, sightings: Sequence[Sighting], scores: Mapping[Confidence, int]
    ) -> int:
        assert not any(one.off_link for one in sightings), "the file has no such confidence"
        ids = " ".join(sorted(one.rule.id for one in sightings))
        seen[day].append((window, sightings[0].observation.destination, ids))
        return 0

    with mock.patch.object(Window, "add_score", add_score):
        for observation in asyncio.run(observed(joined(listed), compile_filters(catalogue))):
            day = observation.at // (DAY * 10**9)
            engines[day].observe(observation)
    return "".join(
        _line(golden, _windows(found)) for golden, found in zip(listed, seen, strict=True) if found
    )


def _windows(found: Iterable[tuple[Window, str, str]]) -> Iterator[dict[str, Messages]]:
    """Yield the distinct messages of each window by destination."""
    windows: dict[int, dict[str, dict[str, None]]] = {}
    for window, destination, ids in found:
        windows.setdefault(id(window), {}).setdefault(destination, {})[ids] = None
    for messages in windows.values():
        yield _without_repeated({name: tuple(of) for name, of in messages.items()})


def _without_repeated(window: Mapping[str, Messages]) -> dict[str, Messages]:
    """Leave out a destination whose messages another one has, too, and as many or more."""
    kept: dict[str, Messages] = {}
    for name, messages in sorted(window.items(), key=lambda item: -len(item[1])):
        if not any(set(messages) <= set(other) for other in kept.values()) or _is_group(name):
            kept[name] = messages
    return {name: kept[name] for name in window if name in kept}


def _is_group(address: str) -> bool:
    return ip_address(address).is_multicast or address.endswith(".255")


def _line(golden: Golden, windows: Iterable[Mapping[str, Messages]]) -> str:
    facts = tomllib.loads(golden.path.with_suffix(".toml").read_text())
    command = " ".join(_shortened(facts["command"]))
    if golden.path.parent.name == "edited":
        command += " (edited nmap)"
    document = {"name": golden.name, "command": command, "windows": list(windows)}
    return json.dumps(document, separators=(",", ":")) + "\n"


def _shortened(command: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command that say what kind of scan it is."""
    words = iter(command)
    for word in words:
        if word in _DROPPED:
            for _ in range(_DROPPED[word]):
                next(words)
        elif word in _ADDRESSED:
            next(words)
            yield f"{word} ..."
        elif word.startswith("-p") and len(word) > _MAXIMUM_PORTS:
            yield "-p..."
        elif not _is_address(word):
            yield word


def _is_address(word: str) -> bool:
    try:
        ip_address(word.partition("-")[0].partition("/")[0])
    except ValueError:
        return False
    return True


def main() -> int:
    """Write the file."""
    FILE.write_text(recorded_evidence())
    return 0


if __name__ == "__main__":
    sys.exit(main())
