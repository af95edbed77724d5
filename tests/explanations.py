"""
How true the options in alerts are, compared with the commands that ran.

`python -m tests.explanations [FOLDER ...]` prints the table of the goldens, or of folders that hold
captures of single scans (`*.pcap`), each beside a `.toml` file with `source` and `command`.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.nse import DEFAULT_SCRIPTS, VERSION_SCRIPTS
from tests.golden import Golden, goldens, replayed

OPTIONS = ("-sV", "-sC", "-O", "-sU", "-sS")
_SCRIPT = "--script "
_SCRIPTS = Path("/usr/share/nmap/scripts")
_CATEGORIES = re.compile(r"^categories\s*=\s*\{([^}]*)\}", re.MULTILINE)
_OTHER_SCANS = frozenset(
    (
        "-sT",
        "-sA",
        "-sW",
        "-sM",
        "-sF",
        "-sN",
        "-sX",
        "-sI",
        "-sO",
        "-sY",
        "-sZ",
        "-sU",
        "-sn",
        "-sL",
        "-b",
    )
)


@cache
def in_category(category: str) -> frozenset[str]:
    """Return the scripts of a category in the nmap that is installed, if any."""
    return frozenset(
        script.stem
        for script in _SCRIPTS.glob("*.nse")
        if (found := _CATEGORIES.search(script.read_text(encoding="utf-8", errors="replace")))
        and re.search(rf"\b{re.escape(category)}\b", found[1])
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command of nmap runs, by default included."""

    options: frozenset[str]
    scripts: tuple[str, ...]

    @classmethod
    def of(cls, command: Iterable[str]) -> "Ran":
        """Return what a command runs that is given as root."""
        words = list(command)
        options = {word for word in words if word.startswith("-")}
        for word in words:
            # -sSU is -sS -sU.
            if word.startswith("-s") and len(word) > 3 and word[2:].isalpha() and word[2].isupper():
                options.update(f"-s{letter}" for letter in word[2:])
        values = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--script"]
        values += [word.partition("=")[2] for word in words if word.startswith("--script=")]
        scripts = tuple(
            name.strip().removeprefix("+") for value in values for name in value.split(",")
        )
        if "-A" in options:
            options |= {"-sV", "-sC", "-O"}
        # Of the script options nmap takes --script, if given, and the default scripts otherwise.
        if scripts and "default" not in scripts:
            options.discard("-sC")
        elif scripts:
            options.add("-sC")
        if "--unprivileged" not in options and not options & _OTHER_SCANS:
            options.add("-sS")
        return cls(frozenset(options), scripts)

    def ran(self, script: str) -> bool:
        """Return whether a script, or one of a claimed family, ran."""
        if any(fnmatchcase(name, script) or fnmatchcase(script, name) for name in self.scripts):
            return True
        names = set().union(*map(in_category, self.scripts))
        names |= VERSION_SCRIPTS if "-sV" in self.options else set()
        names |= DEFAULT_SCRIPTS if "-sC" in self.options else set()
        return any(fnmatchcase(name, script) for name in names)


@dataclass(slots=True)
class Tally:
    """
    How often a claim was true.

    Args:
        ran: the scans that had it.
        claimed: those of them in which it was claimed.
        other: the scans that did not have it.
        false: those of them in which it was claimed.
    """

    ran: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    def add(self, name: str, has_run: bool, is_claimed: bool) -> None:
        """Count one scan."""
        (self.ran if has_run else self.other).append(name)
        if is_claimed:
            (self.claimed if has_run else self.false).append(name)

    @property
    def recall(self) -> float:
        """The share of the scans with it in which it was claimed."""
        return len(self.claimed) / max(1, len(self.ran))

    @property
    def false_share(self) -> float:
        """The share of the scans without it in which it was claimed."""
        return len(self.false) / max(1, len(self.other))


@dataclass(slots=True)
class Table:
    """The claims in many scans, compared with what ran."""

    options: dict[str, Tally] = field(
        default_factory=lambda: {option: Tally() for option in OPTIONS}
    )
    scripts_true: int = 0
    scripts_false: list[str] = field(default_factory=list)
    named: Tally = field(default_factory=Tally)

    def add(self, name: str, ran: Ran, claims: Iterable[str]) -> None:
        """Compare one scan."""
        claimed = set(claims)
        for option, tally in self.options.items():
            tally.add(name, option in ran.options, option in claimed)
        scripts = [claim.removeprefix(_SCRIPT) for claim in claimed if claim.startswith(_SCRIPT)]
        true = [script for script in scripts if ran.ran(script)]
        self.scripts_true += len(true)
        self.scripts_false += [f"{name}: {script}" for script in scripts if script not in true]
        if ran.scripts:
            self.named.add(name, True, bool(true))

    @property
    def script_precision(self) -> float:
        """The share of the script claims that are true."""
        return self.scripts_true / max(1, self.scripts_true + len(self.scripts_false))

    def lines(self) -> list[str]:
        """Return the table as text."""
        lines = [f"{'option':8} {'ran':>5} {'recall':>7} {'not ran':>8} {'false':>7}"]
        lines += [
            f"{option:8} {len(t.ran):5} {t.recall:7.1%} {len(t.other):8} {t.false_share:7.1%}"
            for option, t in self.options.items()
        ]
        claims = self.scripts_true + len(self.scripts_false)
        lines.append(f"scripts: {claims} claims, {self.script_precision:.1%} true")
        lines.append(f"scripts: {len(self.named.ran)} scans, named in {self.named.recall:.1%}")
        return lines


def claims(alerts: Iterable[Alert]) -> set[str]:
    """Return what the last alert of each scan claims."""
    last = {alert.scan_id: alert for alert in alerts}
    return {option for alert in last.values() for option in alert.explanation.options}


def table(alerts: Mapping[str, list[Alert]], commands: Mapping[str, list[str]]) -> Table:
    """Return the table of some scans, which have the alerts and the commands by name."""
    result = Table()
    for name, command in commands.items():
        result.add(name, Ran.of(command), claims(alerts[name]))
    return result


def commands_of(captures: Iterable[Golden]) -> dict[str, list[str]]:
    """Return the command of nmap in each capture that one was recorded for, by name."""
    found = {}
    for capture in captures:
        command = tomllib.loads(capture.path.with_suffix(".toml").read_text()).get("command")
        if command and command[0].rpartition("/")[2].startswith("nmap"):
            found[capture.name] = command
    return found


def main(folders: list[str]) -> int:
    """Print the table, and what it is not perfect for."""
    captures = [*goldens("nmap"), *goldens("edited")]
    if folders:
        captures = [
            Golden(path, tomllib.loads(path.with_suffix(".toml").read_text())["source"], ())
            for folder in folders
            for path in sorted(Path(folder).glob("*.pcap"))
        ]
    commands = commands_of(captures)
    found = table(replayed(c for c in captures if c.name in commands), commands)
    print("\n".join(found.lines()))
    for option, tally in found.options.items():
        missed = sorted(set(tally.ran) - set(tally.claimed))
        print(f"{option} missed: {' '.join(missed)}\n{option} false: {' '.join(tally.false)}")
    print("scripts false:", *found.scripts_false, sep="\n  ")
    print("scripts unnamed:", *sorted(set(found.named.ran) - set(found.named.claimed)), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
