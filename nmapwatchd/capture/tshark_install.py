"""The programs that capture and dissect: are they there, are they new enough, what they accept."""

import asyncio
import os
import re
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from nmapwatchd.capture.tshark import OLDEST
from nmapwatchd.child.socket_filter import attach_filter
from nmapwatchd.errors import Diagnostic, OperatorError

TSHARK = "tshark"
SETPRIV = "setpriv"
# Debian's package of each, for the operator who lacks it.
_PACKAGES = {TSHARK: "tshark", SETPRIV: "util-linux"}


@dataclass(frozen=True, slots=True)
class TsharkInstall:
    """The tshark that is installed, and a profile under which only wanted dissectors run."""

    version: Version
    profile: Path


async def find_tshark(dissectors: Iterable[str], profile: Path) -> TsharkInstall:
    """
    Check that every program is there, and write tshark's profile.

    Args:
        dissectors: the filter names of the dissectors that may run.
        profile: an empty directory.

    Raises:
        OperatorError: a program is missing or too old.
    """
    missing = [
        Diagnostic(name, f"not found; install Debian's package {package}")
        for name, package in _PACKAGES.items()
        if shutil.which(name) is None
    ]
    if missing:
        raise OperatorError(*missing)
    # Most of what either takes is tshark's start.
    (_, said, _), _ = await asyncio.gather(
        _run(TSHARK, "--version"), write_profile(dissectors, profile)
    )
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    version = Version(found.group()) if found else Version("0")
    if version < OLDEST:
        raise OperatorError(Diagnostic(TSHARK, f"version {version} is too old; {OLDEST} is needed"))
    return TsharkInstall(version, profile)


async def write_profile(dissectors: Iterable[str], profile: Path) -> None:
    """Write a profile in which every other dissector is off."""
    wanted = frozenset(dissectors)
    _, table, _ = await _run(TSHARK, "-G", "protocols")
    known = [line.split("\t")[2] for line in table.splitlines() if line.count("\t") >= 2]
    unwanted = [name for name in known if name not in wanted]
    await asyncio.to_thread(_write_profile, profile, unwanted)


def _write_profile(profile: Path, unwanted: Iterable[str]) -> None:
    profile.mkdir(parents=True, exist_ok=True)
    profile.chmod(0o755)  # tshark reads it as another user where the sensor runs as root
    # At once or not at all: with half of it, the other dissectors would run.
    new = profile / "disabled_protos.new"
    new.write_text("".join(f"{name}\n" for name in unwanted))
    new.replace(profile / "disabled_protos")


async def check_accepted(
    kernel: Iterable[bytes], fields: Iterable[str], profile: Path
) -> list[Diagnostic]:
    """Ask the kernel whether it accepts the filters, and tshark whether it knows the fields."""
    faults = []
    for program in kernel:
        try:
            # Nothing arrives on this socket, which needs no privilege.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as idle:
                attach_filter(idle, program)
        except OSError as error:
            faults.append(Diagnostic("kernel filter", f"the kernel refuses it: {error.strerror}"))
    # An empty capture: tshark looks up the fields and ends.
    empty = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    wanted = [word for name in fields for word in ("-e", name)]
    status, _, said = await _run(
        TSHARK, "-n", "-r", "-", "-T", "fields", *wanted, source=empty, profile=profile
    )
    if status:
        faults.append(Diagnostic("tshark", " ".join(said.split())))
    return faults


async def _run(
    *command: str, source: bytes | None = None, profile: Path | None = None
) -> tuple[int, str, str]:
    """Run a program to its end; return its exit status, output and errors."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if profile is not None:
        environment["WIRESHARK_CONFIG_DIR"] = str(profile)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL if source is None else PIPE, stdout=PIPE, stderr=PIPE,
        env=environment,
    )  # fmt: skip
    output, errors = await process.communicate(source)
    return (
        process.returncode or 0,
        output.decode("utf-8", "replace"),
        errors.decode("utf-8", "replace"),
    )
